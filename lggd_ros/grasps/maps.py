"""Dense grasp maps <-> planar grasps: what the network learns from, and what is read out of its answer.

Maps follow LGGD section III-D: quality, sin 2θ, cos 2θ and width per pixel. The paper leaves open how rectangles become
maps; here each grasp paints a small disc around its centre, and where discs overlap the stronger grasp wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lggd_ros.grasps.planar import PlanarGrasp, wrap_angle

SPREAD = 0.25  # of the opening: how far around its centre a grasp is worth something
RIDGE = 0.75  # of the best quality: what a grasp beside the peaks must be worth
JAW_SHARE = 0.035  # jaw size over the picture's width: the Franka's 2 cm pads half a metre from a RealSense


@dataclass(frozen=True)
class GraspMaps:
    """Four maps (H, W) float32: ``quality`` in [0, 1]; ``width``: the opening in map pixels over ``opening_scale``."""

    quality: np.ndarray
    sin2: np.ndarray
    cos2: np.ndarray
    width: np.ndarray

    @classmethod
    def of(cls, answer: np.ndarray) -> GraspMaps:
        """A network's maps (6, H, W), the mask first: a grasp is worth little where a pixel is hardly the thing's."""
        return cls(answer[0] ** 2 * answer[1], *answer[2:5])


def paint(grasps: Sequence[PlanarGrasp], shape: tuple[int, int], opening_scale: float) -> GraspMaps:
    """Paint grasps (in map pixels) into maps of ``shape`` (H, W).

    Around each centre the quality falls off as a Gaussian whose σ is a quarter of the opening; every pixel takes
    angle and width from the grasp that is strongest there. Far pixels have quality 0 and the angle and width of the
    nearest grasp, so that angles stay defined all over the object's mask.
    """
    if not grasps:
        empty = np.zeros(shape, np.float32)
        return GraspMaps(empty, empty.copy(), empty.copy(), empty.copy())
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    best, strength = strongest(grasps, rows, columns)
    angles, widths = np.array([[g.angle, g.width] for g in grasps], np.float32).T[:, best]
    return GraspMaps(strength, np.sin(2 * angles), np.cos(2 * angles), widths / opening_scale)


def strongest(grasps: Sequence[PlanarGrasp], rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the grasps ``paint`` paints at pixels ``rows``, ``columns`` (of any one shape), and how strong it is."""
    values = np.array([[g.x, g.y, g.width, g.quality] for g in grasps], np.float32)
    x, y, width, quality = values.T.reshape(4, -1, *[1] * rows.ndim)
    sigma = np.maximum(width * SPREAD, 1.0)
    log_strength = np.log(np.maximum(quality, 1e-3)) - ((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2)
    best = log_strength.argmax(axis=0)
    return best, np.exp(np.take_along_axis(log_strength, best[None], axis=0)[0])


def decode(
    maps: GraspMaps, mask: np.ndarray, top_k: int, opening_scale: float, min_distance: int = 3
) -> list[PlanarGrasp]:
    """Best grasps inside ``mask`` (H, W) bool in map pixels: peaks, best first, then ridges, best first.

    Peaks are local maxima of the smoothed quality within ``min_distance`` pixels (non-maximum suppression); each is
    moved to sub-pixel precision by a parabola through its neighbours. After them come places that are worth almost as
    much, farther off: a long thing, which can be held all along, has a ridge with one peak.
    """
    if mask.shape != maps.quality.shape:
        raise ValueError(f"mask is {mask.shape} but the grasp maps are {maps.quality.shape}; they must agree")
    quality = cv2.GaussianBlur(maps.quality.astype(np.float32), (0, 0), 1.0)
    quality = np.where(mask, quality, -1.0).astype(np.float32)
    window = np.ones((2 * min_distance + 1, 2 * min_distance + 1), np.uint8)
    peaks = mask & (quality >= cv2.dilate(quality, window)) & (quality > 0)
    chosen = _apart(_ordered(quality, peaks), min_distance, top_k)
    ridge = _ordered(quality, quality > RIDGE * max(quality.max(), 0.0))
    chosen = _apart(ridge, min_distance, top_k, chosen)
    return [_grasp_at(maps, quality, int(row), int(column), opening_scale) for row, column in chosen]


def _ordered(quality: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Rows and columns (N, 2) of those pixels, best first."""
    places = np.argwhere(where)
    return places[np.argsort(-quality[where], kind="stable")]


def _apart(places: np.ndarray, distance: int, top_k: int, chosen: Sequence[np.ndarray] = ()) -> list[np.ndarray]:
    """``chosen`` and the first of places (N, 2) that keep their distance from these and one another, ``top_k`` in all;
    equal neighbours on a plateau count once."""
    chosen = list(chosen)
    for one in chosen:
        places = places[np.abs(places - one).max(axis=1) > distance]
    while len(places) and len(chosen) < top_k:
        chosen.append(places[0])
        places = places[np.abs(places - places[0]).max(axis=1) > distance]
    return chosen


def _grasp_at(maps: GraspMaps, quality: np.ndarray, row: int, column: int, opening_scale: float) -> PlanarGrasp:
    width = max(float(maps.width[row, column]) * opening_scale, 1.0)
    return PlanarGrasp(
        x=column + _peak_offset(quality[row, max(column - 1, 0) : column + 2]),
        y=row + _peak_offset(quality[max(row - 1, 0) : row + 2, column]),
        angle=wrap_angle(0.5 * np.arctan2(maps.sin2[row, column], maps.cos2[row, column])),
        width=width,
        height=maps.width.shape[1] * JAW_SHARE,
        quality=float(np.clip(quality[row, column], 0.0, 1.0)),
    )


def _peak_offset(triple: np.ndarray) -> float:
    """Where the parabola through three neighbouring values peaks, relative to the middle one, within ±0.5 pixel."""
    if len(triple) < 3 or triple.min() < 0:
        return 0.0
    left, middle, right = (float(v) for v in triple)
    curvature = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / curvature, -0.5, 0.5)) if curvature < -1e-9 else 0.0
