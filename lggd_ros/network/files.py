"""What all files of weights have in common."""

from __future__ import annotations

import hashlib
import textwrap
from pathlib import Path


def sha256(path: Path | str) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def first_misfit(error: Exception) -> str:
    """The first thing that building or ``load_state_dict`` found wrong, out of a message that may go on for pages."""
    lines = str(error).splitlines()
    return textwrap.shorten(lines[min(1, len(lines) - 1)], 160)
