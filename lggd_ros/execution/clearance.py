"""How much room the open hand has among the obstacles at a grasp: boxes for palm, wrist camera and fingers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, FINGER_THICKNESS, PAD_HALF_WIDTH
from lggd_ros.planning.config import Attachment
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.simulation.mount import HAND_TO_TCP

NEAR = 0.25  # metres from the grasp beyond which nothing can be in the hand's way
_PALM = Attachment("fr3_hand", np.eye(4), np.array([0.032, 0.102, 0.033]))
_PALM.pose[2, 3] = 0.033
_FINGER_ROOT = 0.045
REACH = 0.12  # metres ahead of the grasp, to the far side of what it takes
STEPS = np.arange(0.0, 0.3, 0.01)  # metres down from what stands there


@dataclass(frozen=True)
class Clearance:
    """``distance`` metres (0 to ``NEAR``) between obstacles and the nearest ``body``, palm or what is mounted on the
    hand; ``finger_voxels``: how many obstacle voxels the fingers would push aside or close on."""

    distance: float
    body: str
    finger_voxels: int


class HandClearance:
    """The hand with its ``attachments`` among the obstacles of a map."""

    def __init__(self, obstacles: VoxelMap, attachments: tuple[Attachment, ...]) -> None:
        self._centres, self._half_voxel = obstacles.centres, obstacles.resolution / 2
        tool = np.linalg.inv(HAND_TO_TCP)
        self._boxes = [(part.name, tool @ part.pose, part.half_sizes) for part in (_PALM, *attachments)]

    def at(self, pose: np.ndarray, opening: float) -> Clearance:
        """With the tool at a pose (4, 4) and the fingers ``opening`` metres apart, in the better turn of the hand."""
        local = (self._centres - pose[:3, 3]) @ pose[:3, :3]
        local = local[np.linalg.norm(local, axis=1) < NEAR]
        turned = local * [-1.0, -1.0, 1.0]
        distance, body = max((self._nearest(points) for points in (local, turned)), key=lambda found: found[0])
        return Clearance(distance, body, _in_the_fingers_way(local, opening))

    def _nearest(self, points: np.ndarray) -> tuple[float, str]:
        """Distance (0 where they meet) of points (N, 3) in the grasp frame from the nearest body, and its name."""
        if not len(points):
            return NEAR, ""
        return min((self._distance(points, pose, half), name) for name, pose, half in self._boxes)

    def _distance(self, points: np.ndarray, pose: np.ndarray, half: np.ndarray) -> float:
        outside = np.abs((points - pose[:3, 3]) @ pose[:3, :3]) - half
        return max(float(np.linalg.norm(np.maximum(outside, 0.0), axis=1).min()) - self._half_voxel, 0.0)


def reached(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Which of the points (N, 3) in the base frame a hand at a pose (4, 4) reaches: what is in front of its palm, and
    what stands on that."""
    local, down = (points - pose[:3, 3]) @ pose[:3, :3], [0.0, 0.0, -1.0] @ pose[:3, :3]
    ahead = (local[:, 2] > -_FINGER_ROOT) & (local[:, 2] < REACH)
    below = local[:, None, :2] + STEPS[:, None] * down[:2]
    return ahead & (np.abs(below) < _PALM.half_sizes[:2]).all(-1).any(1)


def _in_the_fingers_way(points: np.ndarray, opening: float) -> int:
    """Points (N, 3) of the grasp frame inside of the two fingers or between them."""
    across, along, deep = np.abs(points[:, 0]), np.abs(points[:, 1]), points[:, 2]
    inside = (across < PAD_HALF_WIDTH) & (along < opening / 2 + FINGER_THICKNESS)
    return int((inside & (deep > -_FINGER_ROOT) & (deep < FINGER_BEYOND_TCP)).sum())
