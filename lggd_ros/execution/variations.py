"""Small variations of a blocked grasp that still close on the named thing, measured on its own points.

The hand is turned about its approach axis, slid across the closing direction and raised; where it then closes, how wide
the thing is there and whether its sides face the fingers is read from the points between the jaws.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.spatial import cKDTree

from lggd_ros.execution.interfaces import GraspCandidate
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, MAX_OPENING, PAD_HALF_WIDTH, insertion_depth, support_height

DOWN = np.array([0.0, 0.0, -1.0])
TURNS = np.radians([0.0, 20.0, -20.0, 40.0, -40.0, 60.0, -60.0, 90.0])
TILTS = np.radians([0.0, 20.0, -20.0])  # about the closing direction
SLIDES = (0.0, *(side * 0.012 * step for step in range(1, 6) for side in (1, -1)))  # metres across it
RISES = (0.0, 0.01, 0.02, 0.03)  # metres against the approach
PLAIN_QUALITY = 0.3  # of a grasp that no network proposed
MIN_POINTS = 12
BESIDE = 0.012  # metres from a thing's points: what it stands on shows there
MIN_GRIP = 0.006  # metres that the finger tips must reach below the top of what is between them
MAX_SLANT = np.tan(np.radians(25.0))  # of a side against the finger pad; more, and the thing slips out


def variations(grasp: GraspCandidate, target: np.ndarray, margin: float) -> Iterator[GraspCandidate]:
    """Other grasps near ``grasp`` on a thing whose seen points are ``target`` (M, 3), base frame.

    The first is ``grasp`` itself with its jaws narrowed: all open ``margin`` metres wider than the thing on either
    side. Their quality falls with the distance from ``grasp``.
    """
    for turn, tilt, slide, rise in product(TURNS, TILTS, SLIDES, RISES):
        pose = grasp.pose @ _moved(turn, tilt, slide, rise)
        quality = grasp.quality * np.exp(-abs(turn) / 1.5 - abs(tilt) / 0.5 - abs(slide) / 0.03 - rise / 0.03)
        varied = _closed_on(pose, target, margin, float(quality))
        if varied is not None:
            yield varied


def from_above(target: np.ndarray, obstacles: np.ndarray) -> GraspCandidate | None:
    """A start for variations where no grasp was proposed: straight down on the middle of the thing's points (M, 3),
    which stands on the table, z = 0, or on some of the ``obstacles`` (N, 3). None where too little is seen of it.
    """
    if len(target) < MIN_POINTS:
        return None
    middle, top = np.median(target[:, :2], axis=0), float(np.percentile(target[:, 2], 90))
    beside = cKDTree(target[:, :2]).query(obstacles[:, :2])[0] < BESIDE
    support = support_height(obstacles[beside, 2], top) or 0.0
    _, _, axes = np.linalg.svd(target[:, :2] - middle, full_matrices=False)
    closing = np.append(axes[1], 0.0)  # across its length
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([np.cross(closing, DOWN), closing, DOWN])
    pose[:3, 3] = *middle, top - insertion_depth(top - support)
    return GraspCandidate(pose, MAX_OPENING, 0.0, PLAIN_QUALITY)


def _moved(turn: float, tilt: float, slide: float, rise: float) -> np.ndarray:
    """Pose (4, 4) in the grasp frame."""
    pose, c, s = np.eye(4), np.cos(turn), np.sin(turn)
    pose[:2, :2] = [[c, -s], [s, c]]
    pose[:3, 3] = pose[:3, 0] * slide - [0.0, 0.0, rise]
    c, s = np.cos(tilt), np.sin(tilt)
    pose[:3, :3] = pose[:3, :3] @ [[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]]
    return pose


def _closed_on(pose: np.ndarray, target: np.ndarray, margin: float, quality: float) -> GraspCandidate | None:
    """The grasp at a pose, centred on what its jaws enclose of the target; None where that cannot be held."""
    across, along, deep = ((target - pose[:3, 3]) @ pose[:3, :3]).T
    between = (abs(across) < PAD_HALF_WIDTH) & (abs(along) < MAX_OPENING / 2) & (deep < FINGER_BEYOND_TCP)
    if between.sum() < MIN_POINTS or deep[between].min() > FINGER_BEYOND_TCP - MIN_GRIP:
        return None
    low, high = np.percentile(along[between], [2, 98])
    width, middle = float(high - low), float(low + high) / 2
    beyond = (abs(across) < PAD_HALF_WIDTH) & (deep < FINGER_BEYOND_TCP)
    reaches_on = np.ptp(along[beyond]) > width + margin  # what is seen of it continues outside of the jaws
    slanted = _slant(across[between], along[between]) > MAX_SLANT
    if reaches_on or slanted or width + 2 * margin > MAX_OPENING or abs(middle) > MAX_OPENING / 4:
        return None
    centred = pose.copy()
    centred[:3, 3] += pose[:3, 1] * middle
    return GraspCandidate(centred, width + 2 * margin, width, quality)


def _slant(across: np.ndarray, along: np.ndarray) -> float:
    """How fast the nearer and the farther side recede from the fingers (the steeper one), between the pads' edges."""
    halves = [along[across < 0], along[across >= 0]]
    if min(map(len, halves)) < MIN_POINTS // 3:
        return np.inf
    ends = np.array([np.percentile(half, [3, 97]) for half in halves])
    return float(np.abs(ends[1] - ends[0]).max()) / PAD_HALF_WIDTH
