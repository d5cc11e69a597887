"""Named regions of the table in which things are put down, and the words that name them in an instruction."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

SPACING = 0.03
_PUT = re.compile(
    r"^(?P<what>.+?)[,;]?\s+and\s+(?:put|place|drop)\s+(?:it|them)"
    r"\s+(?:in|into|on|onto)\s+(?:the\s+)?(?P<where>.+?)[.!]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Region:
    """A rectangle of the base frame, ``low`` to ``high`` (x, y), metres; ``height``: z over which things are let go."""

    name: str
    low: tuple[float, float]
    high: tuple[float, float]
    height: float

    @classmethod
    def parse(cls, line: str) -> Region:
        """``name: x_min y_min x_max y_max z``. Raises ValueError."""
        name, _, rest = line.partition(":")
        try:
            x_min, y_min, x_max, y_max, z = (float(word) for word in rest.split())
        except ValueError:
            raise ValueError(f"region '{line}' is not of the form 'name: x_min y_min x_max y_max z'") from None
        if not (name.strip() and x_min < x_max and y_min < y_max and z >= 0):
            raise ValueError(f"region '{line}' needs a name, x_min < x_max, y_min < y_max and z >= 0")
        return cls(name.strip().lower(), (x_min, y_min), (x_max, y_max), z)

    def spots(self) -> np.ndarray:
        """Points (N, 2) inside, 3 cm apart and from the border where it is that large, the middle first."""
        axes = [_spread(low, high) for low, high in zip(self.low, self.high, strict=True)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
        middle = (np.array(self.low) + self.high) / 2
        return grid[np.argsort(np.linalg.norm(grid - middle, axis=1), kind="stable")]


def split_instruction(text: str, names: Collection[str]) -> tuple[str, str]:
    """``pick the mug and put it in the bin`` -> the instruction that names the thing, and the region or "".

    Raises ValueError for a region that is not known.
    """
    match = _PUT.match(text.strip())
    if match is None:
        return text, ""
    return match["what"], known_region(match["where"], names)


def known_region(name: str, names: Collection[str]) -> str:
    """The region's name as it is configured. Raises ValueError for one that is not known."""
    if name.lower() not in names:
        raise ValueError(f"no region is called '{name}'; known: {', '.join(sorted(names)) or 'none'}")
    return name.lower()


def _spread(low: float, high: float) -> np.ndarray:
    count = max(int((high - low) / SPACING), 1)
    return (low + high) / 2 + (np.arange(count) - (count - 1) / 2) * SPACING
