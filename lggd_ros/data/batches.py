"""Scenes -> tensors: a batch is a few images with several instructions each, so that an image is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.network import clip


class Batch(NamedTuple):
    """B images and P pairs of image and instruction.

    ``image`` (B, 3, H, W) uint8 RGB; ``maps`` (B, 4, h, w) float32. Per pair: ``image_of`` (P,), its image's position,
    ``tokens`` (P, L), ``mask`` (P, h, w) float32, ``match`` (P,) index into ``scene.MATCHES``. Labels: the S
    different ones of all instances as ``label_tokens`` (S, L), ``label_question`` (S,), what each answers (its position
    in ``Scene.labels``: kind, colour), and ``labels`` (B, h, w, S) bool, which hold where.
    """

    image: Tensor
    maps: Tensor
    image_of: Tensor
    tokens: Tensor
    mask: Tensor
    match: Tensor
    label_tokens: Tensor
    label_question: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


def collate(pairs: Sequence[tuple[Scene, Sequence[Instruction]]], context_length: int) -> Batch:
    """Scenes with the instructions to train on -> one batch."""
    questions = {label: k for scene, _ in pairs for its in scene.labels.values() for k, label in enumerate(its)}
    labels = sorted(questions)
    flat = [(index, scene, i) for index, (scene, chosen) in enumerate(pairs) for i in chosen]
    return Batch(
        image=torch.from_numpy(np.stack([scene.image for scene, _ in pairs])).permute(0, 3, 1, 2).contiguous(),
        maps=torch.from_numpy(np.stack([scene.maps for scene, _ in pairs])).float(),
        image_of=torch.tensor([index for index, _, _ in flat]),
        tokens=torch.stack([_tokens(i.text, context_length) for _, _, i in flat]),
        mask=torch.from_numpy(np.stack([scene.mask(i) for _, scene, i in flat])).float(),
        match=torch.tensor([i.match for _, _, i in flat]),
        label_tokens=torch.stack([_tokens(label, context_length) for label in labels]),
        label_question=torch.tensor([questions[label] for label in labels]),
        labels=torch.from_numpy(np.stack([_label_planes(scene, labels) for scene, _ in pairs])),
    )


def _label_planes(scene: Scene, labels: list[str]) -> np.ndarray:
    """(h, w, S) bool: which labels are true of the instance that covers a pixel."""
    table = np.zeros((256, len(labels)), bool)
    for instance, its in scene.labels.items():
        table[instance] = np.isin(labels, its)
    return table[scene.instances]


@cache
def _tokens(text: str, context_length: int) -> Tensor:
    return clip.tokenize([text], context_length)[0]


@dataclass(frozen=True)
class BatchStream:
    """Endless training batches; the batch of a step depends on ``seed`` and the step alone.

    So a resumed run sees the batches that it would have seen, and ``world`` processes share what one would have.
    """

    scenes: Sequence[Scene]
    augment: Callable[[Scene, np.random.Generator], Scene]
    images: int
    instructions: int
    context_length: int
    seed: int = 0

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """This process's share, ``images`` scenes, of the batch of ``step``."""
        total = self.images * world
        rng = np.random.default_rng([self.seed, step])
        chosen = rng.choice(len(self.scenes), total, replace=total > len(self.scenes))
        mine = range(rank * self.images, (rank + 1) * self.images)
        return collate([self._pair(chosen[k], [self.seed, step, k]) for k in mine], self.context_length)

    def _pair(self, index: int, seed: list[int]) -> tuple[Scene, list[Instruction]]:
        rng = np.random.default_rng(seed)
        scene = self.augment(self.scenes[int(index)], rng)
        count = len(scene.instructions)
        picks = rng.choice(count, self.instructions, replace=count < self.instructions)
        return scene, [scene.instructions[pick] for pick in picks]
