"""Where a held thing is put down: at a pose, or at a free spot of a region."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lggd_ros.execution.interfaces import GraspCandidate
from lggd_ros.execution.regions import Region
from lggd_ros.planning.planner import CarriedBox

FALL = 0.005  # metres that a thing is let fall
FOOTPRINT = 0.05  # metres about a spot in which obstacles raise it
HALF_PAD, HALF_LENGTH = 0.01, 0.02
TURNS = np.radians([0.0, 90.0, 45.0, -45.0])


def carried_box(grasp: GraspCandidate, target: np.ndarray) -> CarriedBox:
    """The held thing as a box in the grasp frame: around its seen points (M, 3), down to the table it stood on.

    Where nothing was seen of it, a box between the fingers.
    """
    local = (target - grasp.pose[:3, 3]) @ grasp.pose[:3, :3]
    least = np.array([HALF_PAD, grasp.object_width / 2, HALF_LENGTH])
    low, high = (np.stack([*local, -least]).min(axis=0), np.stack([*local, least]).max(axis=0))
    high[2] = max(high[2], grasp.pose[2, 3])
    pose = np.eye(4)
    pose[:3, 3] = (low + high) / 2
    return CarriedBox(pose, (high - low) / 2)


def place_poses(region: Region, grasp: GraspCandidate, obstacles: np.ndarray) -> Iterator[np.ndarray]:
    """Tool poses (4, 4) over the region's spots, the lowest first, then nearest to its middle.

    The thing keeps the height over its support that it had when it was grasped, and is turned about the vertical.
    """
    spots = region.spots()
    floors = np.array([_floor(spot, region.height, obstacles) for spot in spots])
    for index in np.argsort(floors, kind="stable"):
        place = np.array([*spots[index], floors[index] + grasp.pose[2, 3] + FALL])
        for turn in TURNS:
            yield _pose_at(grasp.pose, place, turn)


def _floor(spot: np.ndarray, height: float, obstacles: np.ndarray) -> float:
    """Height of the region at a spot (2,), or of what already lies there."""
    near = obstacles[np.abs(obstacles[:, :2] - spot).max(axis=1, initial=0.0) < FOOTPRINT]
    return float(np.max(near[:, 2], initial=height).round(2))


def _pose_at(pose: np.ndarray, place: np.ndarray, turn: float) -> np.ndarray:
    c, s = np.cos(turn), np.sin(turn)
    turned = pose.copy()
    turned[:3, :3] = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ pose[:3, :3]
    turned[:3, 3] = place
    return turned
