"""From joint paths to trajectories: the fastest motion within velocity and acceleration limits (TOPP-RA, T-RO 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import toppra

from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.planning.robot_model import ARM_JOINTS

_GRID_POINTS = 100
_TINY_MOTION = 1e-3
_SHORTEST = 0.1


@dataclass(frozen=True, eq=False)
class MotionLimits:
    """Limits that a trajectory keeps: ``velocity`` (7,) rad/s, ``acceleration`` (7,) rad/s², ``sample_time`` s."""

    velocity: np.ndarray
    acceleration: np.ndarray
    sample_time: float


def time_path(path: np.ndarray, limits: MotionLimits) -> JointTrajectory | None:
    """The fastest trajectory from rest to rest along a smooth curve through joints (N, 7), uniformly sampled.

    None where the curve cannot be timed.
    """
    if np.max(np.abs(path - path[0])) < _TINY_MOTION:
        return _settle(path[0], path[-1], limits)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    keep = np.concatenate([[True], lengths > 1e-9])
    knots = np.concatenate([[0.0], np.cumsum(lengths)])[keep]
    curve = toppra.SplineInterpolator(knots, path[keep], bc_type="natural")
    constraints = [
        toppra.constraint.JointVelocityConstraint(_symmetric(limits.velocity)),
        toppra.constraint.JointAccelerationConstraint(_symmetric(limits.acceleration)),
    ]
    grid = np.linspace(0.0, knots[-1], _GRID_POINTS)
    fastest = toppra.algorithm.TOPPRA(constraints, curve, gridpoints=grid).compute_trajectory()
    return None if fastest is None else _sampled(fastest, limits)


def densified(path: np.ndarray, spacing: float) -> np.ndarray:
    """The polyline (N, 7) with corners at most ``spacing`` radians apart, so that a spline through it stays close."""
    pieces = [
        np.linspace(a, b, max(1, int(np.ceil(np.linalg.norm(b - a) / spacing))), endpoint=False)
        for a, b in zip(path[:-1], path[1:], strict=True)
    ]
    return np.concatenate([*pieces, path[-1:]])


def slowed(trajectory: JointTrajectory, factor: float) -> JointTrajectory:
    """The same motion and samples, ``factor`` times as long."""
    return JointTrajectory(
        trajectory.joint_names,
        trajectory.times * factor,
        trajectory.positions,
        trajectory.velocities / factor,
        trajectory.accelerations / factor**2,
    )


def _symmetric(limit: np.ndarray) -> np.ndarray:
    return np.column_stack([-limit, limit])


def _sampled(fastest: toppra.interpolator.AbstractGeometricPath, limits: MotionLimits) -> JointTrajectory:
    """Samples at whole multiples of the sample time, slowed to keep the limits everywhere and to end on a sample."""
    duration = _overshoot(fastest, limits) * fastest.duration
    count = int(np.ceil(duration / limits.sample_time)) + 1
    times = np.arange(count) * limits.sample_time
    factor = times[-1] / fastest.duration
    own_times = np.linspace(0.0, fastest.duration, count)
    velocities = fastest(own_times, 1) / factor
    velocities[[0, -1]] = 0.0
    return JointTrajectory(ARM_JOINTS, times, fastest(own_times), velocities, fastest(own_times, 2) / factor**2)


def _overshoot(fastest: toppra.interpolator.AbstractGeometricPath, limits: MotionLimits) -> float:
    """How much too fast the motion is: TOPP-RA holds the limits at its grid points and exceeds them between."""
    times = np.linspace(0.0, fastest.duration, 10 * _GRID_POINTS)
    speed = float(np.max(np.abs(fastest(times, 1)) / limits.velocity))
    acceleration = float(np.max(np.abs(fastest(times, 2)) / limits.acceleration))
    return 1.01 * max(1.0, speed, acceleration**0.5)


def _settle(start: np.ndarray, goal: np.ndarray, limits: MotionLimits) -> JointTrajectory:
    """A motion too small for TOPP-RA's numerics: the quintic from rest to rest."""
    change = goal - start
    needed = np.max([1.875 * np.abs(change) / limits.velocity, np.sqrt(5.774 * np.abs(change) / limits.acceleration)])
    count = int(np.ceil(max(_SHORTEST, needed) / limits.sample_time)) + 1
    times = np.arange(count) * limits.sample_time
    share, duration = (times / times[-1])[:, None], times[-1]
    return JointTrajectory(
        ARM_JOINTS,
        times,
        start + change * (10 * share**3 - 15 * share**4 + 6 * share**5),
        change * (30 * share**2 - 60 * share**3 + 30 * share**4) / duration,
        change * (60 * share - 180 * share**2 + 120 * share**3) / duration**2,
    )
