"""Reads FollowJointTrajectory goals with the checks of ros2_control's joint_trajectory_controller."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from trajectory_msgs.msg import JointTrajectoryPoint

from lggd_ros.simulation.conversions import to_seconds
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.simulation.trajectory import Tolerances

Result = FollowJointTrajectory.Result


class GoalError(ValueError):
    """The goal cannot be followed; ``code`` is that of FollowJointTrajectory's result."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def read_trajectory(goal: FollowJointTrajectory.Goal, now: float) -> tuple[np.ndarray, np.ndarray]:
    """Times (N,) from ``now`` and derivatives (N, D, 7), see TrajectoryFollower. Raises GoalError."""
    order = _joint_order(goal.trajectory.joint_names)
    times = np.array([to_seconds(point.time_from_start) for point in goal.trajectory.points])
    if len(times) == 0 or times[0] < 0 or (np.diff(times) <= 0).any():
        raise GoalError(Result.INVALID_GOAL, "give at least one point, each later than the one before")
    derivatives = _derivatives(goal.trajectory.points)[..., order]
    if derivatives.shape[1] > 1 and np.abs(derivatives[-1, 1]).max() > 1e-3:
        raise GoalError(Result.INVALID_GOAL, "the last point has velocity; a trajectory must end at rest")
    stamp = to_seconds(goal.trajectory.header.stamp)
    delay = stamp - now if stamp > 0 else 0.0
    if times[-1] + delay < 0:
        raise GoalError(
            Result.OLD_HEADER_TIMESTAMP,
            f"the trajectory ended {-delay - times[-1]:.3f} s ago; stamp it with now or 0",
        )
    ahead = times + delay >= 0
    return (times + delay)[ahead], derivatives[ahead]


def read_tolerances(goal: FollowJointTrajectory.Goal) -> Tolerances:
    """The goal's tolerances: 0 asks for the default, a negative one for none. Raises GoalError."""
    default = Tolerances()
    time = to_seconds(goal.goal_time_tolerance)
    return Tolerances(
        path=_limits(goal.path_tolerance, default.path),
        goal=_limits(goal.goal_tolerance, default.goal),
        goal_time=time if time > 0 else default.goal_time,
    )


def _joint_order(names: Sequence[str]) -> list[int]:
    if sorted(names) != sorted(ARM_JOINTS):
        raise GoalError(Result.INVALID_JOINTS, f"joints are {list(names)}; expected {list(ARM_JOINTS)}")
    return [list(names).index(joint) for joint in ARM_JOINTS]


def _derivatives(points: Sequence[JointTrajectoryPoint]) -> np.ndarray:
    """(N, D, 7) of as many derivatives as all points have."""
    kinds = ("positions", "velocities", "accelerations")
    counts = {tuple(len(getattr(point, kind)) for kind in kinds) for point in points}
    if not counts <= {(7, 0, 0), (7, 7, 0), (7, 7, 7)} or len(counts) != 1:
        raise GoalError(
            Result.INVALID_GOAL,
            f"points have {sorted(counts)} positions, velocities and accelerations; give 7 of each, or none",
        )
    present = [kind for kind, count in zip(kinds, counts.pop(), strict=True) if count]
    derivatives = np.array([[getattr(point, kind) for kind in present] for point in points])
    if not np.isfinite(derivatives).all():
        raise GoalError(Result.INVALID_GOAL, "a point is not finite")
    return derivatives


def _limits(tolerances: Sequence[JointTolerance], default: np.ndarray) -> np.ndarray:
    limits = default.copy()
    for tolerance in tolerances:
        if tolerance.name not in ARM_JOINTS:
            raise GoalError(
                Result.INVALID_JOINTS, f"a tolerance names joint {tolerance.name!r}; expected {list(ARM_JOINTS)}"
            )
        if tolerance.position != 0:
            limits[ARM_JOINTS.index(tolerance.name)] = tolerance.position if tolerance.position > 0 else np.inf
    return limits
