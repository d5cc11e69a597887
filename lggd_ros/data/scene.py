"""A scene as training reads it, already at the network's sizes, and a data set as a sequence of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lggd_ros.grasps.maps import paint, strongest
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network.holding import HOLDS

MATCHES = ("none", "one", "several")
KIND = 0  # of what a thing is labelled with, what tells its kind


@dataclass(frozen=True)
class Instruction:
    """``text``, its ``type`` (name, attribute, relation, …) and the instance ids it matches; none = absent.

    How it is meant, where the data tell: ``candidates``, ids of all that noun and adjectives fit before a relation or
    an extreme narrows them; ``anchors``, ids of what a relation refers to; ``part``, by which to take it, "" = any;
    ``sense``, how the candidates are narrowed, one of ``network.referring.SENSES``; None = the data do not tell.
    """

    text: str
    targets: tuple[int, ...]
    type: str
    candidates: tuple[int, ...] = ()
    anchors: tuple[int, ...] = ()
    part: str = ""
    sense: str | None = None

    @property
    def match(self) -> int:
        """Index into ``MATCHES``."""
        return min(len(self.targets), 2)


@dataclass(frozen=True)
class Scene:
    """One image with its instances, grasps and instructions.

    ``image`` (H, W, C) uint8 at the network's input size: RGB, and relief where the network sees it. At the size of the
    network's maps: ``instances`` (h, w) uint8, 0 = background; ``maps`` (4, h, w) float16 quality, sin 2θ, cos 2θ,
    width of the grasps of whichever instance covers the pixel; ``grasps`` per instance id, in map pixels. ``labels``
    per instance id: short true descriptions, each an answer to another question: its kind, its colour, …; "" = none.
    ``extents`` per instance id: the geometric mean of its sides in metres, and ``laid``, ids of what lies on another
    thing, where the data tell. ``held`` per instance id: by which parts things like it are held, where the data tell.
    ``parts``: what each of ``grasps`` holds, "" = nothing with a name; ``part_map`` (h, w) uint8: index into
    ``network.holding.HOLDS`` of what the grasp that is painted in ``maps`` holds. Data without parts have an empty one.
    ``table``: a name that all pictures of one table share, "" where no other one shows it.
    """

    name: str
    image: np.ndarray
    instances: np.ndarray
    maps: np.ndarray
    grasps: Mapping[int, Sequence[PlanarGrasp]]
    instructions: Sequence[Instruction]
    labels: Mapping[int, Sequence[str]] = field(default_factory=dict)
    extents: Mapping[int, float] = field(default_factory=dict)
    laid: Sequence[int] = ()
    held: Mapping[int, Sequence[str]] = field(default_factory=dict)
    parts: Mapping[int, Sequence[str]] = field(default_factory=dict)
    part_map: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    table: str = ""

    def mask(self, instruction: Instruction) -> np.ndarray:
        """(h, w) bool: all instances that the instruction matches."""
        return self.cover(instruction.targets)

    def cover(self, instances: Sequence[int]) -> np.ndarray:
        """(h, w) bool: those instances."""
        among = np.zeros(256, bool)
        among[list(instances)] = True
        return among[self.instances]

    def grasps_for(self, instruction: Instruction) -> list[PlanarGrasp]:
        """Grasps of the one thing meant, by the part that the instruction asks for; none where it means not one."""
        if len(instruction.targets) != 1:
            return []
        (target,) = instruction.targets
        grasps = self.grasps.get(target, ())
        if not instruction.part:
            return list(grasps)
        return [g for g, part in zip(grasps, self.parts[target], strict=True) if part == instruction.part]


class Scenes(Sequence[Scene]):
    """One split of a data set: scenes by position, in the order of their ``names``.

    ``vocabulary``: words, spelt right, of its instructions, and ``things``: how many every scene has, where they are
    known.
    """

    names: Sequence[str]
    vocabulary: tuple[str, ...] = ()
    things: Sequence[int] = ()

    @abstractmethod
    def read(self, name: str) -> Scene:
        """The scene of that name. Raises DataError naming the file that is missing or corrupt."""

    @property
    @abstractmethod
    def samples(self) -> Sequence[int]:
        """How many samples every scene counts as in the data set's published size, hence in an epoch."""

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        """Scene by position, or a list of scenes by slice."""
        names = self.names[index]
        return [self.read(name) for name in names] if isinstance(index, slice) else self.read(names)


def paint_instances(
    instances: np.ndarray, grasps: Mapping[int, Sequence[PlanarGrasp]], opening_scale: float
) -> np.ndarray:
    """Grasp maps (4, h, w) float16 of all instances (h, w), each painted inside its own pixels only.

    Quality is relative to the best grasp of the thing: all that there is to choose from, whatever it is worth.
    """
    maps = np.zeros((4, *instances.shape), np.float16)
    for instance, its_grasps in grasps.items():
        mask = instances == instance
        if not mask.any():
            continue
        rows, columns = (slice(values.min(), values.max() + 1) for values in np.nonzero(mask))
        inside = mask[rows, columns]
        moved = [grasp.scaled(1, 1, -columns.start, -rows.start) for grasp in compared(its_grasps)]
        own = paint(moved, inside.shape, opening_scale)
        maps[:, rows, columns][:, inside] = np.stack([own.quality, own.sin2, own.cos2, own.width])[:, inside]
    return maps


def compared(grasps: Sequence[PlanarGrasp]) -> list[PlanarGrasp]:
    """The grasps of one thing, their quality over that of the best."""
    best = max((grasp.quality for grasp in grasps), default=0.0)
    return [replace(grasp, quality=grasp.quality / best) for grasp in grasps] if best > 0 else list(grasps)


def paint_parts(
    instances: np.ndarray, grasps: Mapping[int, Sequence[PlanarGrasp]], parts: Mapping[int, Sequence[str]]
) -> np.ndarray:
    """``part_map`` (h, w) uint8 of all instances: what the grasp holds that ``paint_instances`` paints at a pixel."""
    plane = np.zeros(instances.shape, np.uint8)
    for instance, its_grasps in grasps.items():
        rows, columns = np.nonzero(instances == instance)
        if len(rows) and any(parts[instance]):
            numbers = np.array([HOLDS.index(part) for part in parts[instance]], np.uint8)
            best, _ = strongest(its_grasps, rows.astype(np.float32), columns.astype(np.float32))
            plane[rows, columns] = numbers[best]
    return plane
