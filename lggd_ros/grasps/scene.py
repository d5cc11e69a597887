"""What of a depth image is in the way: the scene's points without the named thing."""

from __future__ import annotations

import cv2
import numpy as np

MASK_MARGIN = 9


def scene_points(cloud: np.ndarray, mask: np.ndarray, voxel: float = 0.005) -> np.ndarray:
    """Points (N, 3) float32 outside the mask, at most one per voxel of ``voxel`` metres.

    ``cloud`` (H, W, 3): NaN without return. ``mask`` (H, W) bool: the named thing; it is widened by a few pixels,
    because depth at its outline mixes it with what lies behind.
    """
    window = np.ones((MASK_MARGIN, MASK_MARGIN), np.uint8)
    free = cv2.dilate(mask.astype(np.uint8), window) == 0
    return _thinned(cloud[free & np.isfinite(cloud[..., 2])], voxel)


def target_points(cloud: np.ndarray, mask: np.ndarray, voxel: float = 0.0025) -> np.ndarray:
    """Points (M, 3) float32 of the named thing, at most one per voxel; its outline, where depth is mixed, left out."""
    inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return _thinned(cloud[inside & np.isfinite(cloud[..., 2])], voxel)


def _thinned(points: np.ndarray, voxel: float) -> np.ndarray:
    """The first of the points (N, 3) in every voxel."""
    points = points.astype(np.float32)
    cells = np.floor(points / voxel).astype(np.int64) + (1 << 20)
    keys = (cells[:, 0] << 42) | (cells[:, 1] << 21) | cells[:, 2]
    _, first = np.unique(keys, return_index=True)
    return points[first]


def transform_points(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 3) through a 4x4 transform."""
    return points @ transform[:3, :3].T + transform[:3, 3]
