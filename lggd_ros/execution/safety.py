"""What the arm may do at all: poses and motions are checked before they begin."""

from __future__ import annotations

import numpy as np

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.planning.robot_model import RobotModel

_STEP = 0.02  # rad of the joint that moves most, between the places of a trajectory that are looked at


class SafetyLimits:
    """The box in which the tool may be, and the height that the finger tips keep."""

    def __init__(self, robot: RobotModel, config: PickConfig):
        """Raises ValueError where the arm is to look from a place that is not allowed."""
        self.robot, self._config = robot, config
        for place in range(config.looks):
            self._check_viewpoint(config.viewpoint(place))

    def check_pose(self, pose: np.ndarray, what: str) -> None:
        """Raises PickFailure for a tool pose (4, 4) that is not allowed; ``what`` names it."""
        place, tip = pose[:3, 3], _tip_heights(pose[None])[0]
        where = "({:.2f}, {:.2f}, {:.2f}) m".format(*place)
        if not self._config.in_workspace(place):
            raise PickFailure(ErrorCode.OUTSIDE_WORKSPACE, f"{what} at {where} lies outside the workspace")
        if tip < self._config.min_height:
            raise PickFailure(
                ErrorCode.OUTSIDE_WORKSPACE,
                f"{what} at {where} brings the finger tips to {tip * 1000:.0f} mm, lower than min_height, "
                f"{self._config.min_height * 1000:.0f} mm",
            )

    def _check_viewpoint(self, joints: np.ndarray) -> None:
        where = f"{np.round(joints, 2).tolist()}, from where observe_joints and swing make the arm look"
        if not self.robot.within_limits(joints):
            raise ValueError(f"{where}, lies outside the joint limits; change these, or set looks to 1")
        try:
            self.check_pose(self.robot.fk(joints), "the hand")
        except PickFailure as failure:
            raise ValueError(f"{where}: {failure}; change these or the workspace, or set looks to 1") from None

    def check_motion(self, trajectory: JointTrajectory) -> None:
        """Raises PickFailure for a motion that leaves what is allowed. An arm that is outside may come back."""
        poses = np.array([self.robot.fk(joints) for joints in _along(trajectory.positions)])
        allowed = self._config.in_workspace(poses[:, :3, 3]) & (_tip_heights(poses) >= self._config.min_height - 1e-3)
        back = int(np.argmax(allowed)) if allowed.any() else len(allowed) - 1
        if not allowed[back:].all():
            self.check_pose(poses[back:][~allowed[back:]][0], "the way there")


def _along(positions: np.ndarray) -> np.ndarray:
    """Joints (N, 7) in small, even steps along waypoints (M, 7), which may be far apart."""
    way = np.concatenate([[0.0], np.abs(np.diff(positions, axis=0)).max(axis=1).cumsum()])
    at = np.linspace(0.0, way[-1], int(np.ceil(way[-1] / _STEP)) + 1)
    return np.stack([np.interp(at, way, joint) for joint in positions.T], axis=1)


def _tip_heights(poses: np.ndarray) -> np.ndarray:
    """Heights (N,) of the finger tips over z = 0 for tool poses (N, 4, 4)."""
    return poses[:, 2, 3] + FINGER_BEYOND_TCP * np.minimum(poses[:, 2, 2], 0.0)
