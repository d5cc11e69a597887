"""The arm through MoveIt's trajectory execution manager, which watches start, duration and controller."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory as TrajectoryMessage

from lggd_ros.execution.interfaces import ArmError, CancelToken
from lggd_ros.planning.moveit_errors import execution_error
from lggd_ros.robot.arm import RosArm
from lggd_ros.robot.waiting import Check, wait_until, within

if TYPE_CHECKING:
    from moveit.planning import MoveItPy

_STOP_PERIOD, _STOP_TIMEOUT = 0.02, 10.0


class MoveItArm(RosArm):
    """``execution.interfaces.Arm`` on a running MoveIt; joint states and error recovery as in RosArm.

    MoveIt sends the trajectory to the controller of ``config/moveit/moveit_controllers.yaml``, the same action.
    """

    def __init__(self, moveit: MoveItPy, node: Node, controller: str, joint_names: tuple[str, ...], **names: str):
        super().__init__(node, controller, joint_names, **names)
        self._manager = moveit.get_trajectory_execution_manager()

    def _follow(self, trajectory: TrajectoryMessage, cancel: CancelToken, check: Check) -> None:
        if not self._manager.push(trajectory=trajectory):
            raise ArmError("MoveIt refused the trajectory; no controller in moveit_controllers.yaml has these joints")
        thread = ThreadPoolExecutor(1)
        execution = thread.submit(self._manager.execute_and_wait)
        thread.shutdown(wait=False)  # MoveIt may never come back
        try:
            wait_until(execution.done, cancel, check)
        except Exception:
            self._stop(execution)
            raise
        status = execution.result()
        if not status:
            raise execution_error(status.status)

    def _stop(self, execution: Future) -> None:
        """Again and again: MoveIt forgets a stop that comes while it still checks where the arm is."""
        check = within(_STOP_TIMEOUT, ArmError(f"MoveIt did not stop the arm within {_STOP_TIMEOUT:.0f} s"))
        while not execution.done():
            self._manager.stop_execution()
            CancelToken().wait(_STOP_PERIOD)
            check()
