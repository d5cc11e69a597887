"""Top-down grasps of things on a table, found by casting rays at the physics model, and their picture in an image.

A grasp is kept where both fingers meet opposite, nearly parallel faces of the same thing (antipodal) and where fingers
and palm have room on a height map of the whole scene. Fingers go less deep where low neighbours are under them, as in
lifting (``lggd_ros.grasps.lift``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import mujoco
import numpy as np

from lggd_ros.grasps.camera import PinholeCamera
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, MAX_OPENING, MIN_INSERTION, SIDE_CLEARANCE, insertion_depth
from lggd_ros.grasps.planar import PlanarGrasp, wrap_angle
from lggd_ros.tabletop.heights import HeightMap, lowest_points
from lggd_ros.tabletop.objects import SOLID_GROUP, label_of

MAX_WIDTH = 0.068
JAW_SIZE = 0.02
OPENING_MARGIN = 2 * SIDE_CLEARANCE  # how much wider than the thing the fingers open, as in lifting
FINGER_THICKNESS = 0.014
CLEARANCE = 0.002
PALM_ABOVE_TCP = 0.036
MIN_DEPTH = 0.008  # of the tool centre point below the surface (m): less, and the thing slips out
PARALLEL = 0.94  # smallest cosine between closing axis and surface normal
STEEPEST = 0.6  # smallest horizontal share of a normal that suggests a closing axis
LEVER = 0.07  # distance from the centre of mass (m) at which quality falls to 1/e

_TARGET_GROUP = 2
_TARGET = np.array([group == _TARGET_GROUP for group in range(6)], np.uint8)
_ACROSS = (0.0, -0.007, 0.007)
_ALONG_APPROACH = (-0.005, 0.002)
_REACH_OUTSIDE, _REACH_WITHIN = (0.04, 0.075), (0.012, 0.03)  # rays start outside a thing, or within its hollow


def _both_sides(inner: float, outer: float, half_side: float) -> np.ndarray:
    """Points 4 to 8 mm apart on two mirrored rectangles: rows (N, 3) of side (-1 or 1), outward and across."""
    along = np.linspace(inner, outer, 2 + int((outer - inner) / 0.008))
    across = np.linspace(-half_side, half_side, 2 + int(half_side / 0.004))
    return np.array([(side, u, v) for side in (-1, 1) for u in along for v in across])


_CLOSING = _both_sides(-OPENING_MARGIN / 2, FINGER_THICKNESS, 0.011)
_FINGERS = _both_sides(0.0001, FINGER_THICKNESS, 0.011)
_AROUND = _both_sides(0.0001, FINGER_THICKNESS + 0.008, 0.016)
_PALM = _both_sides(0.0, 0.102, 0.032)


def tcp_height(surface: float, support: float = 0.0) -> float:
    """Height (m) of the tool centre point for a surface point above a support plane, by the rule of lifting."""
    return surface - insertion_depth(surface - support)


@dataclass(frozen=True)
class Grasp3D:
    """A top-down grasp: ``pose`` (4, 4) of the tool centre point in the base frame (z approach, y closing direction).

    ``object_width`` is the distance between the finger contacts (m), ``surface`` the height of the surface above the
    tool centre point (m), ``quality`` in (0, 1], ``part`` what people call the part between the jaws, or "".
    """

    pose: np.ndarray
    object_width: float
    surface: float
    quality: float
    part: str = ""

    @property
    def opening(self) -> float:
        """Jaw opening before closing (m)."""
        return _opening(self.object_width)

    def in_image(self, camera: PinholeCamera, camera_pose: np.ndarray) -> PlanarGrasp:
        """The grasp rectangle seen from ``camera_pose`` (optical to base), centred on the surface above the grasp."""
        centre = np.array([*self.pose[:2, 3], self.surface])
        half = self.pose[:3, 1] * self.opening / 2
        points = (np.stack([centre, centre - half, centre + half]) - camera_pose[:3, 3]) @ camera_pose[:3, :3]
        middle, start, end = camera.project(points)
        along = end - start
        return PlanarGrasp(
            x=float(middle[0]),
            y=float(middle[1]),
            angle=wrap_angle(np.arctan2(along[1], along[0])),
            width=float(np.hypot(*along)),
            height=float(JAW_SIZE * camera.fx / points[0, 2]),
            quality=self.quality,
        )


class _Rejected(Exception):
    """This sample is no grasp."""


def _require(condition: bool | np.bool) -> None:
    if not condition:
        raise _Rejected


class GraspSampler:
    """Samples grasps in one settled scene."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, rng: np.random.Generator) -> None:
        """``data`` must be up to date with its positions (``mj_forward``)."""
        self.model, self.data, self.rng = model, data, rng
        self.height_map = HeightMap(model, data)
        self._labels = np.array([label_of(model.geom(geom).name) for geom in range(model.ngeom)])
        self._supports = lowest_points(model, data).clip(min=0)
        self._geom, self._normal = np.zeros(1, np.int32), np.zeros(3)

    def grasps(self, body_name: str, attempts: int = 150, keep: int = 32) -> list[Grasp3D]:
        """At most ``keep`` collision-free antipodal top-down grasps, spread over the body's parts, best first."""
        body = self.model.body(body_name).id
        cells = self.height_map.cells_of(body)
        if not len(cells):
            return []
        chosen = self.rng.choice(len(cells), attempts, p=_even_shares(self._labels[self.height_map.geoms_of(body)]))
        starts = cells[chosen] + self.rng.uniform(-0.002, 0.002, (attempts, 2))
        with self._rays_meet_only(body):
            found = list(islice(self._accepted(starts, body), keep))
        return sorted(found, key=lambda grasp: -grasp.quality)

    @contextmanager
    def _rays_meet_only(self, body: int) -> Iterator[None]:
        """What neighbours hide is found too; whether they leave room is for the height map to say."""
        groups = self.model.geom_group
        mine = (self.model.geom_bodyid == body) & (groups == SOLID_GROUP)
        groups[mine] = _TARGET_GROUP
        try:
            yield
        finally:
            groups[mine] = SOLID_GROUP

    def _accepted(self, starts: np.ndarray, body: int) -> Iterator[Grasp3D]:
        for start in starts:
            with suppress(_Rejected):
                yield self._grasp_near(start, body)

    def _grasp_near(self, start: np.ndarray, body: int) -> Grasp3D:
        """Close along the inverted normal of the face met on the way to ``start`` (2,) from a random side."""
        axis = self._closing_axis(start, body)
        begin, end = self._span(start, axis, body)
        centre = start + axis[:2] * (begin + end) / 2
        surface = self._surface(centre, body)
        tcp = np.array([*centre, tcp_height(surface, self._supports[body])])
        shallowest = max(tcp[2], surface - MIN_DEPTH)
        tcp[2] = max(tcp[2], self._over_neighbours(tcp, axis, end - begin, body))
        _require(tcp[2] <= min(shallowest, surface - MIN_INSERTION))
        parallel, low, high, part = self._contact(tcp, axis, (end - begin) / 2)
        tcp += axis * (low + high) / 2
        room = self._room(tcp, axis, high - low, body)
        self._surface(tcp[:2], body)
        lever = np.hypot(*(self.data.xipos[body] - tcp)[:2])
        quality = parallel * room * np.exp(-((lever / LEVER) ** 2))
        return Grasp3D(_top_down(tcp, axis), float(high - low), surface, float(quality), part)

    def _surface(self, point: np.ndarray, body: int) -> float:
        """Height of the thing at ``point`` (2,), where it must be on top."""
        row, column = self.height_map.cell(point)
        _require(self.height_map.bodies[row, column] == body)
        return float(self.height_map.heights[row, column])

    def _reach(self) -> float:
        outside = self.rng.random() < 0.7
        return self.rng.uniform(*(_REACH_OUTSIDE if outside else _REACH_WITHIN))

    def _closing_axis(self, start: np.ndarray, body: int) -> np.ndarray:
        surface = self._surface(start, body)
        turn = self.rng.uniform(0, 2 * np.pi)
        outward = np.array([np.cos(turn), np.sin(turn), 0.0])
        point = np.array([*start, tcp_height(surface, self._supports[body]) - 0.004])
        hit, _, _ = self._cast(point + outward * self._reach(), -outward)
        flat = np.hypot(*self._normal[:2])
        _require(hit > 0 and flat >= STEEPEST)
        return np.array([*(-self._normal[:2] / flat), 0.0])

    def _span(self, start: np.ndarray, axis: np.ndarray, body: int) -> tuple[float, float]:
        """Where the thing begins and ends along ``axis``, relative to ``start``."""
        reach = axis * self._reach()
        point = np.array([*start, tcp_height(self._surface(start, body), self._supports[body]) - 0.004])
        first, _, low = self._cast(point - reach, axis)
        second, _, high = self._cast(point + reach, -axis)
        begin, end = low - reach @ axis, reach @ axis - high
        _require(first > 0 and second > 0 and 0.003 < end - begin <= MAX_WIDTH)
        return begin, end

    def _contact(self, tcp: np.ndarray, axis: np.ndarray, half: float) -> tuple[float, float, float, str]:
        """Cast ray pairs over the finger pads: how parallel the faces are, their extent along ``axis``, the part."""
        side, reach = np.array([-axis[1], axis[0], 0.0]), half + OPENING_MARGIN / 2
        parallel, low, high, parts = [], np.inf, -np.inf, set()
        for lateral in _ACROSS:
            best = 0.0
            for vertical in _ALONG_APPROACH:
                point = tcp + side * lateral + [0, 0, vertical]
                first, near, a = self._cast(point - axis * reach, axis)
                second, far, b = self._cast(point + axis * reach, -axis)
                if first and second:
                    parts |= {first, second}
                    best, low, high = max(best, min(near, far)), min(low, a - reach), max(high, reach - b)
            parallel.append(best)
            _require(parallel[0] >= PARALLEL)
        _require(high - low <= MAX_WIDTH)
        labels = {str(self._labels[geom]) for geom in parts}
        return float(np.mean(parallel)), low, high, labels.pop() if len(labels) == 1 else ""

    def _cast(self, start: np.ndarray, direction: np.ndarray) -> tuple[int, float, float]:
        """Geom of the thing that is hit (0 = none), cosine of incidence and distance; the normal is in ``_normal``."""
        distance = mujoco.mj_ray(self.model, self.data, start, direction, _TARGET, True, -1, self._geom, self._normal)
        return max(int(self._geom[0]), 0), -float(self._normal @ direction), distance

    def _over_neighbours(self, tcp: np.ndarray, axis: np.ndarray, width: float, body: int) -> float:
        """Lowest height of the tool centre point at which the closing fingers stay clear of neighbours."""
        heights, bodies = self._below(tcp, axis, _CLOSING, _opening(width) / 2)
        return float((heights * (bodies != body)).max()) + CLEARANCE + FINGER_BEYOND_TCP

    def _room(self, tcp: np.ndarray, axis: np.ndarray, width: float, body: int) -> float:
        """Share of free space around the fingers in (0, 1]; fingers and palm themselves must be free."""
        half, fingertips = _opening(width) / 2, tcp[2] - FINGER_BEYOND_TCP
        _require(self._over_neighbours(tcp, axis, width, body) <= tcp[2] + 1e-9)
        _require(np.all(self._below(tcp, axis, _FINGERS, half)[0] <= fingertips))
        _require(np.all(self._below(tcp, axis, _PALM)[0] <= tcp[2] + PALM_ABOVE_TCP))
        heights, bodies = self._below(tcp, axis, _AROUND, half)
        return 1 - 0.7 * float(np.mean(heights + CLEARANCE * (bodies != body) > fingertips))

    def _below(
        self, tcp: np.ndarray, axis: np.ndarray, offsets: np.ndarray, half: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Heights and bodies at the points of ``_both_sides``, each ``half`` further out."""
        side, outward, across = np.hsplit(offsets, 3)
        points = tcp[:2] + side * (half + outward) * axis[:2] + across * (-axis[1], axis[0])
        cells = self.height_map.cell(points)
        return self.height_map.heights[cells], self.height_map.bodies[cells]


def _opening(width: float) -> float:
    return min(width + OPENING_MARGIN, MAX_OPENING)


def _even_shares(labels: np.ndarray) -> np.ndarray:
    """Probabilities (N,) that give every label the same share."""
    _, group, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return 1 / (counts[group] * len(counts))


def _top_down(tcp: np.ndarray, closing: np.ndarray) -> np.ndarray:
    approach = np.array([0.0, 0.0, -1.0])
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(closing, approach), closing, approach], axis=1)
    pose[:3, 3] = tcp
    return pose
