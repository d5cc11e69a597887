"""How fast and how often the embedded planner reaches into clutter."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.planner import PlanningError
from lggd_ros.rates import wilson_interval
from lggd_ros.simulation.mount import OBSERVE_JOINTS

APPROACH, RETREAT = 0.10, 0.15
_BOXES = 9
_GAP = 0.02
_TEST_SPLIT = 2


@dataclass(frozen=True, eq=False)
class _Box:
    """An upright box on the table: ``centre`` (2,), ``half`` sizes (2,), ``height`` in metres, ``yaw`` in radians."""

    centre: np.ndarray
    half: np.ndarray
    height: float
    yaw: float

    def axes(self) -> np.ndarray:
        """Directions (2, 2) of the sides, as columns."""
        return np.array([[np.cos(self.yaw), -np.sin(self.yaw)], [np.sin(self.yaw), np.cos(self.yaw)]])

    def top(self) -> np.ndarray:
        """Points (N, 3) of the top face, 2 mm apart."""
        u, v = (np.arange(-half, half, 0.002) for half in self.half)
        flat = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2) @ self.axes().T + self.centre
        return np.column_stack([flat, np.full(len(flat), self.height)])

    def grasp(self) -> np.ndarray:
        """Top-down tool pose (4, 4), the fingers closing across the shorter side, 3 cm below the top."""
        closing = np.append(self.axes()[:, int(np.argmin(self.half))], 0.0)
        down = np.array([0.0, 0.0, -1.0])
        pose = np.eye(4)
        pose[:3, :3] = np.column_stack([np.cross(closing, down), closing, down])
        pose[:3, 3] = *self.centre, max(self.height - 0.03, 0.013)
        return pose


def benchmark_planning(trials: int, seed: int) -> dict:
    """Plan ``trials`` reaches from the observe pose for the tallest of nine boxes packed on the table.

    Returns trials, success_rate with its 95 % interval (Wilson), milliseconds per successful reach (median_ms, p95_ms)
    and failures by reason.
    Raises ValueError for fewer than one trial.
    """
    if trials < 1:
        raise ValueError(f"trials is {trials}; it must be at least 1")
    planner = EmbeddedPlanner()
    outcomes = [_reach_once(planner, np.random.default_rng([_TEST_SPLIT, seed, trial])) for trial in range(trials)]
    times = [seconds for seconds, reason in outcomes if reason is None]
    return {
        "trials": trials,
        "success_rate": len(times) / trials,
        "success_interval": wilson_interval(len(times), trials),
        "median_ms": 1e3 * float(np.median(times)) if times else None,
        "p95_ms": 1e3 * float(np.percentile(times, 95)) if times else None,
        "failures": dict(Counter(reason for _, reason in outcomes if reason)),
    }


def _reach_once(planner: EmbeddedPlanner, rng: np.random.Generator) -> tuple[float, str | None]:
    target, *others = sorted(_packed_boxes(rng), key=lambda box: -box.height)
    points = np.concatenate([box.top() for box in others])
    started = time.perf_counter()
    try:
        planner.set_obstacles(points)
        planner.plan_reach(OBSERVE_JOINTS, target.grasp(), APPROACH, RETREAT)
    except PlanningError as error:
        return time.perf_counter() - started, error.reason
    return time.perf_counter() - started, None


def _packed_boxes(rng: np.random.Generator) -> list[_Box]:
    """Boxes of 3-6 x 4-10 cm, 3-10 cm high, gathered about the middle of the work region."""
    boxes: list[_Box] = []
    while len(boxes) < _BOXES:
        box = _Box(
            centre=rng.normal([0.5, 0.0], [0.08, 0.1]).clip([0.35, -0.2], [0.65, 0.2]),
            half=np.array([rng.uniform(0.015, 0.03), rng.uniform(0.02, 0.05)]),
            height=rng.uniform(0.03, 0.1),
            yaw=rng.uniform(-np.pi, np.pi),
        )
        if all(_apart(box, other) for other in boxes):
            boxes.append(box)
    return boxes


def _apart(a: _Box, b: _Box) -> bool:
    """True where a gap parts the boxes along one of their sides (separating axes)."""
    offset = b.centre - a.centre
    for direction in np.hstack([a.axes(), b.axes()]).T:
        extent = sum(float(np.abs(direction @ box.axes()) @ box.half) for box in (a, b))
        if abs(direction @ offset) > extent + _GAP:
            return True
    return False
