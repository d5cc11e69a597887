"""Batches made ahead of time by processes that read the data, decode and augment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from lggd_ros.data.batches import Batch, BatchStream


@dataclass(frozen=True)
class _Steps(Dataset):
    """The batch of a step, or what went wrong: torch would wrap an exception of a worker into its own traceback."""

    stream: BatchStream
    rank: int
    world: int

    def __getitem__(self, step: int) -> Batch | Exception:
        try:
            return self.stream.batch(step, self.rank, self.world)
        except (ValueError, OSError, MemoryError) as error:
            return error


def load_batches(stream: BatchStream, step: int, rank: int, world: int, workers: int) -> Iterator[Batch]:
    """This process's batches of ``step`` and all later ones, in order.

    Without ``workers`` they are made as they are asked for. Raises what the making of a batch raises: DataError for a
    corrupt sample; MemoryError, too, where a worker was killed.
    """
    loader = DataLoader(
        _Steps(stream, rank, world),
        sampler=count(step),  # type: ignore[arg-type]
        batch_size=None,
        num_workers=workers,
        pin_memory=torch.cuda.is_available(),
    )
    for batch in _watched(_start(loader)):
        if isinstance(batch, Exception):
            raise batch
        yield batch


def _start(loader: DataLoader) -> Iterator[Batch | Exception]:
    """Fork the workers. OpenCV's threads stay behind in a fork, and a worker that has lost them waits for ever."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    batches = iter(loader)
    cv2.setNumThreads(threads)
    return batches


def _watched(batches: Iterator[Batch | Exception]) -> Iterator[Batch | Exception]:
    while True:
        try:
            batch = next(batches)
        except RuntimeError as error:
            if "DataLoader worker" not in str(error):
                raise
            reason = str(error).splitlines()[0]
            raise MemoryError(f"a process that reads the data ended ({reason}); set fewer 'workers'") from None
        yield batch
