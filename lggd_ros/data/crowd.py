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


class CutOut(NamedTuple):
    """An instance with a rim of its surroundings: ``image`` (2h, 2w, 3), and (h, w) bool ``thing`` and ``around``."""

    image: np.ndarray
    thing: np.ndarray
    around: np.ndarray

    def turned(self, quarters: int, step: int) -> CutOut:
        """Turned by ``quarters`` of a circle and, with ``step`` -1, mirrored; neither costs sharpness."""
        return CutOut(*(np.rot90(plane, quarters)[:, ::step] for plane in self))


class Crowd:
    """Pastes instances of ``scenes`` where nothing lies yet, as many as up to ``tries`` random places allow.

    A cut-out takes ``margin`` map pixels of its surroundings along, so that no seam tells where a thing ends.
    """

    def __init__(self, scenes: Sequence[Scene], tries: int = 80, margin: int = 1) -> None:
        self._tries, self._margin = tries, margin
        cuts = (
            (_cut(scene, instance, margin), labels) for scene in scenes for instance, labels in scene.labels.items()
        )
        self._stock = [(cut, labels) for cut, labels in cuts if cut is not None]

    def __call__(self, scene: Scene, rng: np.random.Generator) -> Scene:
        """``scene`` with more instances and their labels; ``instructions`` and ``grasps`` are dropped."""
        image, instances, labels = scene.image.copy(), scene.instances.copy(), dict(scene.labels)
        taken = _grown(instances > 0, self._margin)
        for _ in range(int(rng.integers(self._tries + 1)) if self._stock else 0):
            cut, its_labels = self._stock[int(rng.integers(len(self._stock)))]
            cut = cut.turned(int(rng.integers(4)), int(rng.choice([-1, 1])))
            place = _free_place(taken, cut.around, rng)
            if place is None:
                continue
            number = max(labels, default=0) + 1
            labels[number] = its_labels
            instances[place][cut.thing] = number
            taken[place] |= cut.around
            pixels = tuple(slice(2 * side.start, 2 * side.stop) for side in place)
            np.copyto(image[pixels], cut.image, where=cut.around.repeat(2, 0).repeat(2, 1)[..., None])
        return replace(scene, image=image, instances=instances, labels=labels, grasps={}, instructions=[])


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


def _free_place(taken: np.ndarray, around: np.ndarray, rng: np.random.Generator) -> tuple[slice, slice] | None:
    """A random place in the view, None when something lies there."""
    rows, columns = taken.shape[0] - around.shape[0], taken.shape[1] - around.shape[1]
    if rows < 0 or columns < 0:
        return None
    row, column = int(rng.integers(rows + 1)), int(rng.integers(columns + 1))
    place = slice(row, row + around.shape[0]), slice(column, column + around.shape[1])
    return None if (taken[place] & around).any() else place
