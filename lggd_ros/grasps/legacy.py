"""CROG's published grasp metric, so that tables can be compared; the correct one is in ``metrics``.

It follows ``utils/grasp_eval.py`` of github.com/HilbertXu/CROG and its errors: an angle counts where p - g or p + g is
within 30°, so mirrored ones do; every rectangle is 20 pixels high and at most 100 wide; corners are cut to whole
pixels; and what lies at x >= 480 is not seen. Grasps here are in pixels of the 640 x 480 image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from lggd_ros.grasps.metrics import MAX_ANGLE_DIFFERENCE, MIN_RECTANGLE_IOU
from lggd_ros.grasps.planar import PlanarGrasp

FRAME = (480, 640)
HEIGHT, MAX_WIDTH = 20, 100
SEEN = 480  # columns and rows


def legacy_correct(grasp: PlanarGrasp, truths: Sequence[PlanarGrasp]) -> bool:
    """Whether CROG's evaluation accepts a grasp."""
    return any(legacy_iou(grasp, truth) > MIN_RECTANGLE_IOU for truth in truths)


def legacy_iou(grasp: PlanarGrasp, truth: PlanarGrasp) -> float:
    """IoU as CROG counts it, 0 where the angles do not fit."""
    if min(abs(grasp.angle - truth.angle), abs(grasp.angle + truth.angle)) > MAX_ANGLE_DIFFERENCE:
        return 0.0
    a, b = _pixels(grasp), _pixels(truth)
    shared = np.intersect1d(a, b, assume_unique=True).size
    return shared / max(a.size + b.size - shared, 1)


@lru_cache(maxsize=1024)
def _pixels(grasp: PlanarGrasp) -> np.ndarray:
    """Numbers of the pixels that the rectangle covers, its border included."""
    corners = replace(grasp, width=min(grasp.width, MAX_WIDTH), height=HEIGHT).corners().astype(int)
    low, high = corners.min(axis=0).clip(0, SEEN), corners.max(axis=0).clip(-1, SEEN - 1)
    points = np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1].reshape(2, -1)
    inside = np.ones(points.shape[1], bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along, offset = end - start, points - start[:, None]
        inside &= along[0] * offset[1] <= along[1] * offset[0]
    x, y = points[:, inside]
    return x * SEEN + y
