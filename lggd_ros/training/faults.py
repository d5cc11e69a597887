"""What ends a training run early, told in one sentence with what is kept and what to do."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError

from lggd_ros.data.files import DataError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class TrainingError(ValueError):
    """A run that cannot go on; the message is for a person."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Gives a file beside ``path`` to write to, ``NAME.part``; what fails is removed, so that ``path`` stays as it was.

    Raises TrainingError where the disk is full or refuses.
    """
    part = path.with_suffix(".part")
    try:
        yield part
    except (OSError, RuntimeError, SafetensorError) as error:
        part.unlink(missing_ok=True)
        raise TrainingError(f"'{path}' cannot be written ({reason_of(error)}); make room on its disk") from None


@contextmanager
def told(kept: Callable[[], str] = str) -> Iterator[None]:
    """Turns what a person can mend into TrainingError, ending with what ``kept`` says, if anything."""
    try:
        yield
    except (DataError, TrainingError) as error:
        reason = str(error)
    except (torch.OutOfMemoryError, MemoryError) as error:
        reason = _out_of_memory(error)
    except OSError as error:
        reason = reason_of(error) + ("; make room on its disk" if error.errno in FULL else "")
    except RuntimeError as error:
        if "allocate memory" in str(error):
            reason = _out_of_memory(error)
        elif "non-finite" in str(error):  # torch.nn.utils.clip_grad_norm_
            reason = "gradients are no longer finite; lower 'learning_rate', or set 'precision' to 32-true"
        else:
            raise
    else:
        return
    raise TrainingError("; ".join(filter(None, (reason, kept()))))


def _out_of_memory(error: Exception) -> str:
    settings = "'images' ('label_images' or 'thing_images' in the stages that have those) or 'instructions'"
    return f"out of memory ({reason_of(error)}); lower {settings} in the configuration"


def reason_of(error: Exception) -> str:
    """The first sentence of what may be a page."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: '{error.filename}'" if error.filename else error.strerror
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
