"""How good a detection is: LGGD section IV-A. A grasp counts as correct by angle and rectangle overlap together."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lggd_ros.grasps.planar import PlanarGrasp

MAX_ANGLE_DIFFERENCE = np.deg2rad(30.0)
MIN_RECTANGLE_IOU = 0.25


def angle_difference(a: float, b: float) -> float:
    """Smallest angle between two closing directions, radians in [0, pi/2]."""
    return float(abs((a - b + np.pi / 2) % np.pi - np.pi / 2))


def rectangle_iou(a: PlanarGrasp, b: PlanarGrasp) -> float:
    """Exact intersection over union of two rotated rectangles, in [0, 1]."""
    overlap, _ = cv2.intersectConvexConvex(_counter_clockwise(a), _counter_clockwise(b))
    union = a.width * a.height + b.width * b.height - overlap
    return float(overlap / union) if union > 0 else 0.0


def _counter_clockwise(grasp: PlanarGrasp) -> np.ndarray:
    return np.ascontiguousarray(grasp.corners()[::-1], dtype=np.float32)


def grasp_correct(grasp: PlanarGrasp, truths: Sequence[PlanarGrasp]) -> bool:
    """Angle within 30° (mod 180°) and IoU above 0.25 with one of the true grasps."""
    return any(
        angle_difference(grasp.angle, truth.angle) < MAX_ANGLE_DIFFERENCE
        and rectangle_iou(grasp, truth) > MIN_RECTANGLE_IOU
        for truth in truths
    )


def j_at_n(grasps: Sequence[PlanarGrasp], truths: Sequence[PlanarGrasp], n: int) -> bool:
    """J@N: one of the best ``n`` grasps is correct."""
    return any(grasp_correct(grasp, truths) for grasp in grasps[:n])


def mask_iou(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of two boolean masks of one shape; 1 when both are empty."""
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 1.0
