"""The arm through ros2_control's joint_trajectory_controller (control_msgs/FollowJointTrajectory)."""

from __future__ import annotations

import numpy as np
from action_msgs.msg import GoalStatus
from control_msgs.action import FollowJointTrajectory
from franka_msgs.action import ErrorRecovery
from rclpy.duration import Duration
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory as TrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from lggd_ros.execution.interfaces import ArmAborted, ArmError, CancelToken, Watch
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.robot.actions import ActionCaller
from lggd_ros.robot.joints import JOINT_STATES, JointListener
from lggd_ros.robot.waiting import Check, wait_until

REMEDY = "start the arm's controller (ros2 control list_controllers)"
STOPPED_BY_OTHERS = "something else than the executor stopped the arm; find out what, then send the goal again"
RECOVERY_REMEDY = "start franka_bringup, or recover the arm by hand (Franka Desk)"
RECOVERY_SECONDS = 10.0
GRACE = 5.0  # seconds of the robot's clock that a trajectory may take longer than planned
REST_SPEED, REST_WINDOW, REST_TIMEOUT = 0.01, 0.02, 2.0

_REASONS = {
    -1: "the goal is invalid",
    -2: "its joints are not those of the controller",
    -3: "its stamp lies in the past",
    -4: "the arm left the path by more than the tolerance; was it touched or blocked?",
    -5: "the arm did not reach the end within the tolerance; was it blocked?",
}


class RosArm:
    """``execution.interfaces.Arm`` over actions and ``JOINT_STATES``, relative to the node's namespace.

    ``recovery``: franka_ros2's action that clears an error.
    """

    def __init__(
        self,
        node: Node,
        controller: str,
        joint_names: tuple[str, ...],
        recovery: str = "action_server/error_recovery",
    ):
        self._joints = JointListener(node, JOINT_STATES, joint_names, ArmError)
        self._action = ActionCaller(
            node, FollowJointTrajectory, f"{controller}/follow_joint_trajectory", ArmError, REMEDY
        )
        self._recovery = ActionCaller(node, ErrorRecovery, recovery, ArmError, RECOVERY_REMEDY)

    @property
    def action_name(self) -> str:
        """Absolute name of the action that moves the arm."""
        return self._action.name

    def joint_positions(self) -> np.ndarray:
        """Measured joints (7,) in radians. Raises ArmError when they are stale."""
        return self._joints.newest().positions

    def execute(self, trajectory: JointTrajectory, cancel: CancelToken, watch: Watch = lambda: None) -> None:
        """Follow ``trajectory`` to its end. Raises ArmError, Cancelled.

        On cancel, and when ``watch`` raises, the arm is brought to rest first.
        """
        in_time = self._joints.within(trajectory.duration + GRACE, "the trajectory")

        def check() -> None:
            in_time()
            watch()

        check()
        try:
            self._follow(_message(trajectory), cancel, check)
        except ArmError:
            raise
        except Exception:
            self._wait_for_rest()
            raise

    def recover(self, cancel: CancelToken) -> None:
        """Clear a reflex or error of the arm. Raises ArmError, Cancelled."""
        outcome = self._recovery.run(
            ErrorRecovery.Goal(), cancel, self._joints.within(RECOVERY_SECONDS, "the error recovery")
        )
        if outcome.status != GoalStatus.STATUS_SUCCEEDED:
            raise ArmError(f"the arm could not be recovered from its error; {RECOVERY_REMEDY}")

    def _follow(self, trajectory: TrajectoryMessage, cancel: CancelToken, check: Check) -> None:
        """To the end of ``trajectory``; stops when cancelled and when ``check`` raises. Raises as ``execute``."""
        outcome = self._action.run(FollowJointTrajectory.Goal(trajectory=trajectory), cancel, check)
        if outcome.status == GoalStatus.STATUS_CANCELED:
            raise ArmError(STOPPED_BY_OTHERS)
        status, outcome = outcome.status, outcome.result
        if status != GoalStatus.STATUS_SUCCEEDED or outcome.error_code != FollowJointTrajectory.Result.SUCCESSFUL:
            reason = _REASONS.get(outcome.error_code, f"error code {outcome.error_code}")
            raise ArmAborted(f"the arm did not follow the trajectory: {reason} {outcome.error_string}".rstrip())

    def _wait_for_rest(self) -> None:
        check = self._joints.within(REST_TIMEOUT, "coming to rest")
        while True:
            before = self._joints.newest()
            wait_until(lambda: self._joints.newest().stamp >= before.stamp + REST_WINDOW, CancelToken(), check)  # noqa: B023
            after = self._joints.newest()
            speed = np.abs(after.positions - before.positions).max() / (after.stamp - before.stamp)
            if speed < REST_SPEED:
                return


def _message(trajectory: JointTrajectory) -> TrajectoryMessage:
    """A zero stamp means: start now."""
    rows = zip(trajectory.times, trajectory.positions, trajectory.velocities, trajectory.accelerations, strict=True)
    points = [
        JointTrajectoryPoint(
            positions=position.tolist(),
            velocities=velocity.tolist(),
            accelerations=acceleration.tolist(),
            time_from_start=Duration(seconds=float(time)).to_msg(),
        )
        for time, position, velocity, acceleration in rows
    ]
    return TrajectoryMessage(joint_names=list(trajectory.joint_names), points=points)
