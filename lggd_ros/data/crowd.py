"""Copy-paste augmentation: a scene crowded with things cut out of other scenes (Ghiasi et al., CVPR 2021).

Encoders learn kinds from instances, and a picture of a table is mostly table. No instruction survives a crowd;
instances and their labels stay true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from lggd_ros.data.scene import Scene

MOST = 255  # instances that a uint8 can tell apart
Place = tuple[slice, slice]


class CutOut(NamedTuple):
    """An instance with a rim of its surroundings: ``image`` (2h, 2w, 3), and (h, w) bool ``thing`` and ``around``."""

    image: np.ndarray
    thing: np.ndarray
    around: np.ndarray

    def turned(self, quarters: int, step: int) -> CutOut:
        """Turned by ``quarters`` of a circle and, with ``step`` -1, mirrored; neither costs sharpness."""
        return CutOut(*(np.rot90(plane, quarters)[:, ::step] for plane in self))


class Crowd:
    """Pastes up to ``most`` instances of ``scenes`` at random places.

    A cut-out may lie on others, as in clutter, while of none more than the share ``hide`` is hidden; large ones find
    such a place seldom, so that each is tried at ``places`` of them. Where it lies on nothing, it takes ``margin`` map
    pixels of its surroundings along, so that no seam tells where a thing ends.
    """

    def __init__(
        self, scenes: Sequence[Scene], most: int = 50, places: int = 12, margin: int = 1, hide: float = 0.25
    ) -> None:
        self._most, self._places, self._hide = most, places, hide
        cuts = (
            (_cut(scene, instance, margin), labels) for scene in scenes for instance, labels in scene.labels.items()
        )
        self._stock = [(cut, labels) for cut, labels in cuts if cut is not None]

    def __call__(self, scene: Scene, rng: np.random.Generator) -> Scene:
        """``scene`` with more instances and their labels; ``instructions`` and ``grasps`` are dropped."""
        pile = Pile(scene)
        for _ in range(int(rng.integers(self._most + 1)) if self._stock else 0):
            cut, labels = self._stock[int(rng.integers(len(self._stock)))]
            cut = cut.turned(int(rng.integers(4)), int(rng.choice([-1, 1])))
            places = (_place(scene.instances.shape, cut.thing.shape, rng) for _ in range(self._places))
            fits = (place for place in places if place is not None and pile.hidden(cut, place) <= self._hide)
            if (place := next(fits, None)) is not None:
                pile.put(cut, place, labels)
        return replace(
            scene, image=pile.image, instances=pile.instances, labels=pile.labels, grasps={}, instructions=[]
        )


class Pile:
    """A crowd under way: a copy of a scene, and how many pixels of every instance are ``seen`` of the ``whole``."""

    def __init__(self, scene: Scene) -> None:
        self.image, self.instances, self.labels = scene.image.copy(), scene.instances.copy(), dict(scene.labels)
        self._whole = _sizes(self.instances)
        self._seen = self._whole.copy()

    def hidden(self, cut: CutOut, place: Place) -> float:
        """The largest share of an instance there that would be hidden; infinite where no more can be told apart."""
        under = _sizes(self.instances[place][cut.thing])
        under[0] = 0
        if max(self.labels, default=0) == MOST:
            return np.inf
        return float((1 - (self._seen - under)[under > 0] / self._whole[under > 0]).max(initial=0))

    def put(self, cut: CutOut, place: Place, labels: Sequence[str]) -> None:
        """Lay it on top."""
        number = max(self.labels, default=0) + 1
        instances, pixels = self.instances[place], tuple(slice(2 * side.start, 2 * side.stop) for side in place)
        covered = cut.thing | (cut.around & (instances == 0))
        np.copyto(self.image[pixels], cut.image, where=covered.repeat(2, 0).repeat(2, 1)[..., None])
        self._seen -= _sizes(instances[cut.thing])
        self._seen[number] = self._whole[number] = np.count_nonzero(cut.thing)
        instances[cut.thing] = number
        self.labels[number] = labels


def _cut(scene: Scene, instance: int, margin: int) -> CutOut | None:
    """None when the instance reaches the edge of the view, or is hidden."""
    x, y, width, height = cv2.boundingRect((scene.instances == instance).astype(np.uint8))
    left, top, right, bottom = x - margin, y - margin, x + width + margin, y + height + margin
    rows, columns = scene.instances.shape
    if not width or left < 0 or top < 0 or right > columns or bottom > rows:
        return None
    thing = scene.instances[top:bottom, left:right] == instance
    return CutOut(scene.image[2 * top : 2 * bottom, 2 * left : 2 * right], thing, _grown(thing, margin))


def _grown(mask: np.ndarray, margin: int) -> np.ndarray:
    side = 2 * margin + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)).astype(bool)


def _sizes(instances: np.ndarray) -> np.ndarray:
    return np.bincount(instances.ravel(), minlength=MOST + 1)


def _place(shape: tuple[int, ...], size: tuple[int, ...], rng: np.random.Generator) -> Place | None:
    """A random place in the view, None when it is too small."""
    rows, columns = shape[0] - size[0], shape[1] - size[1]
    if rows < 0 or columns < 0:
        return None
    row, column = int(rng.integers(rows + 1)), int(rng.integers(columns + 1))
    return slice(row, row + size[0]), slice(column, column + size[1])
