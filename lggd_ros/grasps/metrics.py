"""How good a detection is (LGGD, section IV-A). A grasp counts as correct by angle and rectangle overlap together.

Where the paper is silent: both limits are exclusive, overlap is exact instead of counted in pixels, and two empty masks
agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from lggd_ros.grasps.planar import PlanarGrasp

MAX_ANGLE_DIFFERENCE = np.deg2rad(30.0)
MIN_RECTANGLE_IOU = 0.25


def angle_difference(a: float, b: float) -> float:
    """Smallest angle between two closing directions, radians in [0, pi/2]."""
    return float(abs((a - b + np.pi / 2) % np.pi - np.pi / 2))


def rectangle_iou(a: PlanarGrasp, b: PlanarGrasp) -> float:
    """Exact intersection over union of two rotated rectangles, in [0, 1].

    One is clipped by the sides of the other (Sutherland and Hodgman, 1974). OpenCV's ``intersectConvexConvex`` is wrong
    where sides lie on one line: a rectangle and a part of it may come out at 2.
    """
    if math.hypot(a.x - b.x, a.y - b.y) >= (math.hypot(a.width, a.height) + math.hypot(b.width, b.height)) / 2:
        return 0.0
    overlap = _area(_clip(_corners_in_frame(a, b), b.width / 2, b.height / 2))
    return overlap / (a.width * a.height + b.width * b.height - overlap)


def _corners_in_frame(grasp: PlanarGrasp, frame: PlanarGrasp) -> list[list[float]]:
    """Corners of ``grasp`` seen from the centre of ``frame``, whose opening is the first axis."""
    across = [-frame.direction[1], frame.direction[0]]
    return ((grasp.corners() - [frame.x, frame.y]) @ np.stack([frame.direction, across], axis=1)).tolist()


def _clip(polygon: list[list[float]], half_width: float, half_height: float) -> list[list[float]]:
    """The part of a convex polygon inside a box around the origin."""
    for axis, limit in enumerate((half_width, half_height)):
        for side in (-1, 1):
            polygon = _cut(polygon, axis, side, limit)
    return polygon


def _cut(polygon: list[list[float]], axis: int, side: int, limit: float) -> list[list[float]]:
    """The part of a convex polygon whose coordinate on ``axis``, times ``side``, is at most ``limit``."""
    kept = []
    for start, end in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        room_at_start, room_at_end = limit - side * start[axis], limit - side * end[axis]
        if (room_at_start < 0) != (room_at_end < 0):
            share = room_at_start / (room_at_start - room_at_end)
            kept.append([s + share * (e - s) for s, e in zip(start, end, strict=True)])
        if room_at_end >= 0:
            kept.append(end)
    return kept


def _area(polygon: list[list[float]]) -> float:
    pairs = zip(polygon[-1:] + polygon[:-1], polygon, strict=True)
    return abs(sum(start[0] * end[1] - end[0] * start[1] for start, end in pairs)) / 2


def grasp_correct(grasp: PlanarGrasp, truths: Sequence[PlanarGrasp]) -> bool:
    """Angle within 30° (mod 180°) and IoU above 0.25 with one of the true grasps."""
    return any(
        angle_difference(grasp.angle, truth.angle) < MAX_ANGLE_DIFFERENCE
        and rectangle_iou(grasp, truth) > MIN_RECTANGLE_IOU
        for truth in truths
    )


def first_correct(
    grasps: Sequence[PlanarGrasp],
    truths: Sequence[PlanarGrasp],
    correct: Callable[[PlanarGrasp, Sequence[PlanarGrasp]], bool] = grasp_correct,
) -> float:
    """Rank of the best grasp that is correct, 0 = the very best; infinite when none is.

    J@N holds where the rank is below N, J@Any where it is finite.
    """
    return next((rank for rank, grasp in enumerate(grasps) if correct(grasp, truths)), math.inf)


def mask_iou(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of two boolean masks of one shape; 1 when both are empty."""
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 1.0
