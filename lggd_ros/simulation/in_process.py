"""Arm and gripper of a RobotWorld for the executor, without ROS: time passes only while they work."""

from __future__ import annotations

import numpy as np

from lggd_ros.execution.interfaces import ArmAborted, ArmError, Cancelled, CancelToken, GripperError, Watch
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.simulation.gripper import GripperCommand
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.simulation.trajectory import Outcome
from lggd_ros.simulation.world import RobotWorld

STEPS_PER_LOOK = 5
GRIPPER_SPEED = 0.1


class SimulatedArm:
    """The seven joints of a RobotWorld (see execution.interfaces.Arm)."""

    def __init__(self, world: RobotWorld):
        self._world = world

    def joint_positions(self) -> np.ndarray:
        """Joints (7,) in radians."""
        return self._world.joint_positions

    def execute(self, trajectory: JointTrajectory, cancel: CancelToken, watch: Watch = lambda: None) -> None:
        """Follow the trajectory to its end. Raises ArmError, and Cancelled or as ``watch`` once the arm is at rest."""
        if tuple(trajectory.joint_names) != ARM_JOINTS:
            raise ArmError(f"trajectory is for joints {trajectory.joint_names}; the arm has {ARM_JOINTS}")
        follower = self._world.follow_trajectory(trajectory)
        stopped: Exception | None = None
        while follower.outcome is None:
            stopped = stopped or _reason_to_stop(cancel, watch)
            if stopped is not None:
                follower.stop()
            self._world.step(STEPS_PER_LOOK)
        if stopped is not None:
            raise stopped
        if follower.outcome is not Outcome.SUCCEEDED:
            raise ArmAborted(f"the arm gave up its trajectory after {follower.time:.2f} s: {follower.outcome.value}")

    def recover(self, cancel: CancelToken) -> None:
        """Clear a reflex."""
        self._world.recover()


class SimulatedGripper:
    """The hand of a RobotWorld (see execution.interfaces.Gripper)."""

    def __init__(self, world: RobotWorld):
        self._world = world

    def width(self) -> float:
        """Opening in metres."""
        return self._world.gripper.width

    def home(self, cancel: CancelToken) -> None:
        """Close and open fully. Raises Cancelled."""
        self._finish(self._world.gripper.homing(), cancel)

    def move(self, width: float, cancel: CancelToken) -> None:
        """Open or close to ``width`` metres. Raises GripperError, Cancelled."""
        command = self._finish(self._world.gripper.move(width, GRIPPER_SPEED), cancel)
        if not command.success:
            raise GripperError(f"the gripper did not reach {width:.4f} m: {command.error}")

    def grasp(self, width: float, inner: float, outer: float, force: float, cancel: CancelToken) -> bool:
        """Close with ``force`` newtons; True when the final width lies in width - inner .. width + outer.

        Raises Cancelled, with the fingers stopped.
        """
        command = self._world.gripper.grasp(width, GRIPPER_SPEED, force, inner, outer)
        return bool(self._finish(command, cancel).success)

    def stop(self) -> None:
        """Stop the fingers at once."""
        self._world.gripper.stop()

    def _finish(self, command: GripperCommand, cancel: CancelToken) -> GripperCommand:
        while command.success is None:
            if cancel.cancelled:
                self.stop()
                raise Cancelled
            self._world.step(STEPS_PER_LOOK)
        return command


def _reason_to_stop(cancel: CancelToken, watch: Watch) -> Exception | None:
    try:
        cancel.raise_if_cancelled()
        watch()
    except Exception as reason:
        return reason
    return None
