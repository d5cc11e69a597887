"""A scene as training reads it, already at the network's sizes, and a data set as a sequence of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lggd_ros.grasps.maps import paint
from lggd_ros.grasps.planar import PlanarGrasp

MATCHES = ("none", "one", "several")


@dataclass(frozen=True)
class Instruction:
    """``text``, its ``type`` (name, attribute, relation, …) and the instance ids it matches; none = absent."""

    text: str
    targets: tuple[int, ...]
    type: str

    @property
    def match(self) -> int:
        """Index into ``MATCHES``."""
        return min(len(self.targets), 2)


@dataclass(frozen=True)
class Scene:
    """One image with its instances, grasps and instructions.

    ``image`` (H, W, 3) uint8 RGB at the network's input size. At the size of the network's maps: ``instances`` (h, w)
    uint8, 0 = background; ``maps`` (4, h, w) float16 quality, sin 2θ, cos 2θ, width of the grasps of whichever instance
    covers the pixel; ``grasps`` per instance id, in map pixels. ``labels`` per instance id: short true descriptions,
    such as its kind and its colour.
    """

    name: str
    image: np.ndarray
    instances: np.ndarray
    maps: np.ndarray
    grasps: Mapping[int, Sequence[PlanarGrasp]]
    instructions: Sequence[Instruction]
    labels: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def mask(self, instruction: Instruction) -> np.ndarray:
        """(h, w) bool: all instances that the instruction matches."""
        return np.isin(self.instances, instruction.targets)


class Scenes(Sequence[Scene]):
    """One split of a data set: scenes by position, in the order of their ``names``."""

    names: Sequence[str]

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
    """Grasp maps (4, h, w) float16 of all instances (h, w), each painted inside its own pixels only."""
    maps = np.zeros((4, *instances.shape), np.float16)
    for instance, its_grasps in grasps.items():
        mask = instances == instance
        if not mask.any():
            continue
        rows, columns = (slice(values.min(), values.max() + 1) for values in np.nonzero(mask))
        inside = mask[rows, columns]
        moved = [grasp.scaled(1, 1, -columns.start, -rows.start) for grasp in its_grasps]
        own = paint(moved, inside.shape, opening_scale)
        maps[:, rows, columns][:, inside] = np.stack([own.quality, own.sin2, own.cos2, own.width])[:, inside]
    return maps
