"""What a motion planner offers the executor. MoveIt and the embedded planner both stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lggd_ros.grasps.lift import MAX_OPENING


class PlanningError(Exception):
    """No plan, and why.

    ``reason`` is one of ``no_ik``, ``start_in_collision``, ``goal_in_collision``, ``no_path``, ``no_straight_path``,
    ``timed_out``, ``cancelled``, ``internal``; the message is a sentence for a person and names what collides.
    """

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class JointTrajectory:
    """A timed path of the arm: ``times`` (N,) seconds from 0, the others (N, 7) in rad, rad/s, rad/s²."""

    joint_names: tuple[str, ...]
    times: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    accelerations: np.ndarray

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.times[-1])


@dataclass(frozen=True)
class ReachPlan:
    """One reach for a tool pose: through free space, straight in, and straight out again.

    ``transfer`` ends at the pre-grasp; ``approach`` runs straight along the tool's z to the pose;
    ``retreat`` starts there and runs straight up, against gravity.
    """

    transfer: JointTrajectory
    approach: JointTrajectory
    retreat: JointTrajectory


@dataclass(frozen=True, eq=False)
class CarriedBox:
    """What the hand holds, as a box: ``pose`` (4, 4) of its centre in the grasp frame, ``half_sizes`` (3,) metres."""

    pose: np.ndarray
    half_sizes: np.ndarray


NO_POINTS = np.empty((0, 3))


class MotionPlanner(Protocol):
    """Plans for the seven arm joints in the base frame. Poses (4, 4): the grasp frame ``fr3_hand_tcp``, metres."""

    def set_obstacles(self, points: np.ndarray, target: np.ndarray = NO_POINTS) -> None:
        """Replace the obstacle map by points (N, 3) seen in the base frame, the robot's own left out.

        ``target`` (M, 3): the points of the thing to be grasped, which may be touched in straight lines only.
        """

    def carry(self, box: CarriedBox | None) -> None:
        """From now on the hand holds ``box``, which collides as the hand does, or nothing.

        In straight lines, where it is lifted or set down, it may touch what is near.
        """

    def plan_to_joints(self, start: np.ndarray, goal: np.ndarray) -> JointTrajectory:
        """Collision-free from joints (7,) to joints (7,). Raises PlanningError."""

    def plan_reach(
        self, start: np.ndarray, pose: np.ndarray, approach: float, retreat: float, opening: float = MAX_OPENING
    ) -> ReachPlan:
        """Reach a tool pose (4, 4) from joints (7,), with straight ways in and out of the given lengths in metres.

        The fingers are ``opening`` metres apart. The hand may also be turned by pi about the approach axis; the planner
        takes the better one. Contact of the fingers with obstacles' voxels near the pose is allowed only in approach
        and retreat. Raises PlanningError.
        """

    def plan_straight(self, start: np.ndarray, offset: np.ndarray) -> JointTrajectory:
        """Move the tool by ``offset`` (3,) metres in the base frame on a straight line, its orientation kept.

        Raises PlanningError.
        """
