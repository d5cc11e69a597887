"""Follows joint trajectories as ros2_control's joint_trajectory_controller does, and stops without leaving the path."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from scipy.interpolate import BPoly

MAX_ACCELERATION = 10.0
STOP_SECONDS = 0.25
JERK_SECONDS = 0.02


class Outcome(Enum):
    """How a motion ended."""

    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    PREEMPTED = "preempted"
    PATH_TOLERANCE_VIOLATED = "path tolerance violated"
    GOAL_TOLERANCE_VIOLATED = "goal tolerance violated"


@dataclass(frozen=True)
class SetPoint:
    """Where the arm shall be now: (7,) each, in rad, rad/s, rad/s²."""

    positions: np.ndarray
    velocities: np.ndarray
    accelerations: np.ndarray

    @classmethod
    def at_rest(cls, positions: np.ndarray) -> SetPoint:
        """Hold ``positions`` (7,)."""
        return cls(np.array(positions, float), np.zeros(len(positions)), np.zeros(len(positions)))


@dataclass(frozen=True)
class Tolerances:
    """Allowed deviation of each joint (7,) in rad on the way and at the end, and seconds granted to settle there."""

    path: np.ndarray = field(default_factory=lambda: np.full(7, 0.1))
    goal: np.ndarray = field(default_factory=lambda: np.full(7, 0.01))
    goal_time: float = 1.0


class TrajectoryFollower:
    """One trajectory on its way: call ``advance`` once per control period until ``outcome`` is set.

    ``start`` is where the arm is sent now. ``times`` (N,) are seconds from now. ``derivatives`` (N, D, 7) hold
    positions, and where known velocities and accelerations: interpolated linearly (D = 1), cubically (2) or
    quintically (3), the rule of ros2_control.
    """

    def __init__(
        self, start: SetPoint, times: np.ndarray, derivatives: np.ndarray, tolerances: Tolerances | None = None
    ):
        self.outcome: Outcome | None = None
        self.set_point = start
        self.time = 0.0  # seconds along the trajectory
        self.tolerances = tolerances or Tolerances()
        self._rate = 1.0
        self._stopping, self._stop_outcome = False, Outcome.CANCELLED
        self._stop_time = self._stop_duration = 0.0
        self._duration, self._end = float(times[-1]), derivatives[-1, 0]
        self._splines = _interpolate(start, times, derivatives)

    def stop(self, outcome: Outcome = Outcome.CANCELLED) -> None:
        """Slow down along the path to rest, within ``STOP_SECONDS``, to end with ``outcome``."""
        if not self._stopping:
            self._stopping, self._stop_outcome = True, outcome
            fastest = float(np.abs(self.set_point.velocities).max())
            self._stop_duration = min(2 * JERK_SECONDS + fastest / MAX_ACCELERATION, STOP_SECONDS)

    def preempt(self) -> None:
        """Give way to another trajectory, which starts from this one's present set point."""
        self.outcome = self.outcome or Outcome.PREEMPTED

    def advance(self, period: float, measured: np.ndarray) -> SetPoint:
        """Move on by ``period`` seconds; ``measured`` joints (7,) decide on the tolerances."""
        slowing = self._slow_down(period) if self._stopping else 0.0
        self.time += self._rate * period
        self.set_point = self._sample(slowing)
        self.outcome = self._judge(np.abs(measured - self.set_point.positions))
        if self.outcome is Outcome.PATH_TOLERANCE_VIOLATED:
            self.set_point = SetPoint.at_rest(measured)
        elif self.outcome is not None:
            self.set_point = SetPoint.at_rest(self.set_point.positions)
        return self.set_point

    def _slow_down(self, period: float) -> float:
        """Lower the rate at which time passes along the path; returns the deceleration, a trapezoid for finite jerk."""
        self._stop_time += period
        left = self._stop_duration - self._stop_time
        if left <= 0:
            self._rate = 0.0
            return 0.0
        slowing = min(self._stop_time / JERK_SECONDS, left / JERK_SECONDS, 1.0) / (self._stop_duration - JERK_SECONDS)
        self._rate = max(self._rate - slowing * period, 0.0)
        return slowing

    def _sample(self, slowing: float) -> SetPoint:
        if self.time >= self._duration:
            return SetPoint.at_rest(self._end)
        position, velocity, acceleration = (spline(self.time) for spline in self._splines)
        return SetPoint(position, velocity * self._rate, acceleration * self._rate**2 - velocity * slowing)

    def _judge(self, error: np.ndarray) -> Outcome | None:
        if (error > self.tolerances.path).any():
            return Outcome.PATH_TOLERANCE_VIOLATED
        if self._stopping and self._rate == 0.0:
            return self._stop_outcome
        if self.time < self._duration:
            return None
        if (error <= self.tolerances.goal).all():
            return Outcome.SUCCEEDED
        late = self.time > self._duration + self.tolerances.goal_time
        return Outcome.GOAL_TOLERANCE_VIOLATED if late else None


def _interpolate(start: SetPoint, times: np.ndarray, derivatives: np.ndarray) -> tuple[BPoly, BPoly, BPoly]:
    """Position, velocity and acceleration over time; a trajectory that begins later is led up to from ``start``."""
    if times[0] > 0 or len(times) == 1:
        known = [start.positions, start.velocities, start.accelerations][: derivatives.shape[1]]
        times, derivatives = np.append(min(0.0, times[0] - 1e-3), times), np.concatenate([[known], derivatives])
    path = BPoly.from_derivatives(times, derivatives)
    return path, path.derivative(), path.derivative(2)
