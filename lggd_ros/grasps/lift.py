"""Lifting: a planar grasp and the depth image give a 6-DoF grasp of the hand, in the camera's optical frame.

The paper lifts along the optical axis with the depth under the centre. Here the approach is any direction, gravity as a
rule, and the hand goes as deep as the thing, the support and the neighbours under the finger tips allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lggd_ros.grasps.camera import PinholeCamera
from lggd_ros.grasps.planar import PlanarGrasp

CAMERA_UP = (0.0, 0.0, -1.0)
MAX_OPENING = 0.08  # metres between the fingers of the Franka hand
FINGER_BEYOND_TCP = 0.009  # the Franka finger tips reach this far past fr3_hand_tcp
FINGER_THICKNESS = 0.016
PAD_HALF_WIDTH = 0.01
TIP_CLEARANCE = 0.003
MAX_INSERTION = 0.03  # deeper, and the palm would touch
INSERTION_SHARE = 0.6
MIN_INSERTION = 0.001  # low things, a marker say, are held by the tips alone
SIDE_CLEARANCE = 0.008
SUPPORT_RADIUS = 0.12
HAND_REACH = 0.08  # from the surface point, across the approach: no finger comes down farther off
HEADROOM = 0.18
CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
SPARSE = np.s_[::3, ::3]  # pixels that are enough to find the table
ENOUGH = 10  # points that tell a height
FEWEST = 5  # points that tell a width
BORDER = 0.008  # metres around a thing that show what it stands on,
BLURRED = 4  # but for so many pixels where depth mixes the two
BORDERED = 80  # percentile of heights there: so much of the outline may be another thing's
LOWER = 0.004  # metres from which on something is under the thing, not beside it

Window = tuple[slice, slice]


class LiftError(ValueError):
    """This planar grasp has no 6-DoF counterpart; the message is the reason, for a person."""


@dataclass(frozen=True)
class Grasp6D:
    """A grasp of the hand in the optical frame.

    ``pose`` (4, 4): z approaches, the fingers close along y, the origin is the tool centre point; metres.
    ``opening``: jaws before closing, ``object_width``: what is measured between them, metres. ``planar``: its origin.
    """

    pose: np.ndarray
    opening: float
    object_width: float
    quality: float
    planar: PlanarGrasp


def insertion_depth(object_height: float) -> float:
    """How far below the top of a thing of this height the tool centre point goes, metres.

    The fingers go 30 mm deep, or 60 % of a lower thing; their tips stay 3 mm clear of what it stands on.
    """
    return min(MAX_INSERTION, INSERTION_SHARE * object_height, object_height - FINGER_BEYOND_TCP - TIP_CLEARANCE)


def support_height(beside: np.ndarray, top: float) -> float | None:
    """Height of what a thing stands on, by the heights (N,) of what is seen close ``beside`` it, NaN where nothing is,
    and that of its ``top``; metres. None where too little is seen."""
    lower = beside[beside < top - LOWER]  # NaN compares false
    return float(np.percentile(lower, BORDERED)) if len(lower) >= ENOUGH else None


def lift_grasp(
    grasp: PlanarGrasp,
    cloud: np.ndarray,
    mask: np.ndarray,
    camera: PinholeCamera,
    up: Sequence[float] | np.ndarray = CAMERA_UP,
) -> Grasp6D:
    """Lift one grasp.

    ``cloud`` (H, W, 3): points in the optical frame, NaN without return (``PinholeCamera.point_cloud``).
    ``mask`` (H, W): the named thing. ``up``: unit vector against the approach, in the optical frame; against gravity
    for top-down grasps. Raises LiftError with the reason.
    """
    against: np.ndarray = np.asarray(up, float) / np.linalg.norm(up)
    surface = _surface_point(grasp, cloud, mask)
    closing, opening = _jaw_line(grasp, surface, camera, against)
    frame = np.stack([np.cross(closing, -against), closing, against])
    near = _near(surface, against, camera)
    around = _neighbourhood(cloud, mask, surface, frame, near)
    rise = _rise(around, opening)
    wide = _neighbourhood(cloud, mask, surface, frame, SPARSE)
    surface, around, wide = surface + rise * against, around.lowered(rise), wide.lowered(rise)
    beside = (cloud[near][_border(mask[near], camera, surface[2])] - surface) @ against
    depth = insertion_depth(-_support_height(beside, wide))
    shift, width = _between_jaws(around, opening, max(depth, 0.0) + FINGER_BEYOND_TCP)
    opening = float(np.clip(max(opening, width + 2 * SIDE_CLEARANCE), 0, MAX_OPENING))
    if width > MAX_OPENING - 0.004:
        raise LiftError(
            f"too wide: {width * 1000:.0f} mm between the fingers, the hand opens {MAX_OPENING * 1000:.0f} mm"
        )
    depth = min(depth, -_height_under_fingers(around, shift, opening) - FINGER_BEYOND_TCP - TIP_CLEARANCE)
    if depth < MIN_INSERTION:
        raise LiftError(f"no room for the finger tips beside the thing: they could enter {depth * 1000:.0f} mm only")
    pose = np.eye(4)
    pose[:3, :3] = np.stack([frame[0], closing, -against], axis=1)
    pose[:3, 3] = surface + shift * closing - depth * against
    return Grasp6D(pose, opening, width, grasp.quality, grasp)


@dataclass(frozen=True)
class _Neighbourhood:
    """Points near the grasp as (across, along the closing axis, height over the surface point), metres."""

    points: np.ndarray
    target: np.ndarray

    def lowered(self, rise: float) -> _Neighbourhood:
        """The same points, seen from a surface point so much higher."""
        return _Neighbourhood(self.points - [0.0, 0.0, rise], self.target)


def _surface_point(grasp: PlanarGrasp, cloud: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Median of the thing's points in a small window around the centre of the grasp."""
    row, column, radius = round(grasp.y), round(grasp.x), max(2, round(0.08 * grasp.width))
    (top, bottom), (left, right) = ((max(at - radius, 0), max(at + radius + 1, 0)) for at in (row, column))
    window = np.s_[top:bottom, left:right]
    points = cloud[window][mask[window]]
    points = points[np.isfinite(points[:, 2])]
    if len(points) < 3:
        raise LiftError(
            f"depth missing at pixel ({grasp.x:.0f}, {grasp.y:.0f}): the camera got no return from the thing there"
        )
    return np.median(points, axis=0)


def _jaw_line(
    grasp: PlanarGrasp, surface: np.ndarray, camera: PinholeCamera, up: np.ndarray
) -> tuple[np.ndarray, float]:
    """Closing direction and opening: the rectangle's axis on the plane through the surface point, across ``up``."""
    half = grasp.direction * grasp.width / 2
    pixels = camera.project(surface) + np.stack([-half, half])
    rays = camera.deproject(pixels, np.ones(2))
    slant = rays @ up
    if np.any(slant * (surface @ up) <= 1e-6 * np.linalg.norm(surface)):
        raise LiftError("the approach direction lies in the image plane at this grasp; choose another approach")
    ends = rays * ((surface @ up) / slant)[:, None]
    span = ends[1] - ends[0]
    opening = float(np.linalg.norm(span))
    return span / opening, opening


def _near(surface: np.ndarray, up: np.ndarray, camera: PinholeCamera) -> Window:
    """The pixels that may show what is within the hand's reach of the surface point, or above that."""
    corners = surface + HAND_REACH * CORNERS
    corners = np.concatenate([corners, corners + HEADROOM * up])
    if corners[:, 2].min() <= 0:
        return np.s_[:, :]
    pixels = camera.project(corners)
    (left, top), (right, bottom) = pixels.min(axis=0).clip(0).astype(int), pixels.max(axis=0).clip(0).astype(int)
    return np.s_[top : bottom + 2, left : right + 2]


def _neighbourhood(
    cloud: np.ndarray, mask: np.ndarray, surface: np.ndarray, frame: np.ndarray, window: Window
) -> _Neighbourhood:
    points = (cloud[window] - surface) @ frame.T
    inside = np.hypot(points[..., 0], points[..., 1]) < SUPPORT_RADIUS  # NaN compares false
    inside &= abs(points[..., 2]) < HEADROOM
    return _Neighbourhood(points[inside], mask[window][inside])


def _rise(around: _Neighbourhood, opening: float) -> float:
    """How much higher the thing is close to the surface point: the rim of a plate is narrow, and easily missed."""
    across, along, height = around.points[around.target].T
    close = (abs(across) < PAD_HALF_WIDTH / 2) & (abs(along) < opening / 4)
    return max(float(np.percentile(height[close], 90)), 0.0) if close.any() else 0.0


def _border(mask: np.ndarray, camera: PinholeCamera, distance: float) -> np.ndarray:
    """The pixels of a mask's surroundings, bool, that lie close outside of it at a distance in metres."""
    shape, reach = mask.astype(np.uint8), BLURRED + round(BORDER * camera.fx / distance)
    wide, blurred = (cv2.dilate(shape, np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0 for by in (reach, BLURRED))
    return wide & ~blurred


def _support_height(beside: np.ndarray, wide: _Neighbourhood) -> float:
    """Height of what the thing stands on, relative to the surface point (negative)."""
    height = support_height(beside, 0.0)
    return min(_table_height(wide) if height is None else height, -TIP_CLEARANCE)


def _table_height(wide: _Neighbourhood) -> float:
    ground = wide.points[~wide.target, 2]
    heights = ground if len(ground) >= ENOUGH else np.append(wide.points[:, 2], 0.0)
    return float(np.percentile(heights, 5))


def _between_jaws(around: _Neighbourhood, opening: float, reach: float) -> tuple[float, float]:
    """Middle and width of the thing along the closing axis, where the fingers will pass: (metres, metres).

    Raises LiftError where hardly anything of it shows there.
    """
    across, along, height = around.points[around.target].T
    passed = (abs(across) < PAD_HALF_WIDTH) & (abs(along) < opening / 2) & (height > -reach)
    if passed.sum() < FEWEST:
        raise LiftError(f"only {passed.sum()} points of the thing between the fingers; its width there is not known")
    low, high = np.percentile(along[passed], [2, 98])
    return float(low + high) / 2, float(high - low)


def _height_under_fingers(around: _Neighbourhood, shift: float, opening: float) -> float:
    """Highest point, of a neighbour or of the thing, relative to the surface point, where the finger tips come down."""
    across, along, height = around.points.T
    outward = abs(along - shift) - opening / 2
    under = (abs(across) < PAD_HALF_WIDTH) & (outward > 0) & (outward < FINGER_THICKNESS)
    return float(np.percentile(height[under], 95)) if under.sum() >= 5 else -np.inf
