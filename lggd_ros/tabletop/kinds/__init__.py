"""The kinds of things on the table: one register of themed modules, which kinds training sees, and specimens.

To add a kind, write a builder in the module of its theme and register it there.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

from lggd_ros.tabletop.colours import draw_colour
from lggd_ros.tabletop.kinds.containers import CONTAINERS
from lggd_ros.tabletop.kinds.food import FOOD
from lggd_ros.tabletop.kinds.household import HOUSEHOLD
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.kitchen import KITCHEN
from lggd_ros.tabletop.kinds.stationery import STATIONERY
from lggd_ros.tabletop.kinds.tools import TOOLS
from lggd_ros.tabletop.kinds.toys import TOYS
from lggd_ros.tabletop.objects import ObjectModel

KINDS: dict[str, Kind] = {**CONTAINERS, **KITCHEN, **FOOD, **TOOLS, **STATIONERY, **HOUSEHOLD, **TOYS}

# Never trained on; each has relatives among the seen: a mug, a spoon, an apple, a hammer, a marker, a remote, a car.
NOVEL_KINDS = ("teapot", "candle", "knife", "pear", "eggplant", "wrench", "glue", "phone", "train")
SEEN_KINDS = tuple(kind for kind in KINDS if kind not in NOVEL_KINDS)

SEEN_SPECIMENS = range(200)
NOVEL_SPECIMENS = range(1000, 1200)

ACCENTS = ("white", "black", "grey", "red", "yellow", "blue")


def make_object(name: str, kind: str, colour: str, specimen: int, scale: float = 1.0) -> ObjectModel:
    """Specimen number ``specimen`` of a kind in a colour, always the same one; ``scale`` in (0, 1] shrinks it."""
    family, rng = KINDS[kind], np.random.default_rng([crc32(kind.encode()), specimen])
    material = family.materials[rng.integers(len(family.materials))]
    accents = [accent for accent in ACCENTS if accent != colour]
    accent = draw_colour(accents[rng.integers(len(accents))], rng)
    mass = max(0.03, rng.uniform(*family.mass) * scale**2)
    parts = family.build(rng, draw_colour(colour, rng), accent)
    return ObjectModel(
        name=name,
        kind=kind,
        colour=colour,
        parts=tuple(part.scaled(scale) for part in parts),
        mass=mass,
        scale=scale,
        material=material,
        shape=family.shape,
    )


def rest_rotation(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A rotation (3, 3) in which a thing of this kind may rest on the table, with random yaw."""
    family = KINDS[kind]
    turn = rng.uniform(0, 2 * np.pi)
    if rng.random() >= family.lying:
        return _about_z(turn)
    spin = rng.integers(4) * np.pi / 2 if family.facets else rng.uniform(0, 2 * np.pi)
    on_side = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    return _about_z(turn) @ on_side @ _about_z(spin)


def _about_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
