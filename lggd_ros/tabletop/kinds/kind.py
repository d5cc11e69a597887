"""What a kind of thing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lggd_ros.tabletop.colours import COLOURS, Rgba
from lggd_ros.tabletop.objects import Part

Builder = Callable[[np.random.Generator, Rgba, Rgba], list[Part]]
"""Draws the proportions of one specimen at full scale and builds it in a main colour and an accent.

Its z axis points up in its usual rest, and some top-down direction offers a parallel jaw at most 68 mm.
"""


@dataclass(frozen=True)
class Kind:
    """One kind: its builder, its names (the first is the usual one), its mass range (kg) at full scale, its looks.

    ``material``: what a specimen may be made of; "" where no single word is true. ``shape``: what it plainly is
    (round, long, flat, square), or "". ``flat``: a small thing may rest on it. ``lying``: the share that rests on its
    side; ``facets``: whether that side is one of four flat ones.
    """

    build: Builder
    nouns: tuple[str, ...]
    mass: tuple[float, float]
    colours: tuple[str, ...] = COLOURS
    materials: tuple[str, ...] = ("plastic",)
    shape: str = ""
    flat: bool = False
    lying: float = 0.0
    facets: bool = False
