"""The node ``executor``: the action ``execute_grasp`` over pick-and-place with planner, arm and gripper.

One goal at a time. A rival is accepted and ended at once with the code BUSY, because a rejection carries no reason.
"""

from __future__ import annotations

import sys
import threading
import traceback

import rclpy
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_msgs.msg import Header, String

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import ArmError, Cancelled, CancelToken, GripperError
from lggd_ros.execution.outcome import ErrorCode, PickResult
from lggd_ros.execution.pick_and_place import PickAndPlace
from lggd_ros.nodes.config import ExecutorConfig
from lggd_ros.nodes.goals import GoalReader, result_message, stage_feedback
from lggd_ros.nodes.parameters import read_parameters
from lggd_ros.nodes.running import run_node
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.robot.arm import RosArm
from lggd_ros.robot.eyes import RosEyes
from lggd_ros.robot.gripper import RosGripper
from lggd_ros.robot.transforms import TransformError, listen
from lggd_ros.robot.waiting import wait_until, within
from lggd_ros_msgs.action import ExecuteGrasp

_CODES = (
    (ValueError, ErrorCode.INVALID_GOAL),
    (TransformError, ErrorCode.NO_TRANSFORM),
    (ArmError, ErrorCode.ARM_FAILED),
    (GripperError, ErrorCode.GRIPPER_FAILED),
)


class Executor(Node):
    """Parameters: ``ExecutorConfig`` and ``PickConfig``. Raises ValueError on bad ones."""

    def __init__(self) -> None:
        super().__init__("executor")
        config, self._pick_config = read_parameters(self, ExecutorConfig), read_parameters(self, PickConfig)
        self._base_frame, self._unhomed = config.base_frame, config.home_gripper
        self._busy, self._cancel = threading.Lock(), CancelToken()
        self._running: ServerGoalHandle | None = None
        transforms = listen(self)
        prefix = config.arm_prefix
        self._planner = EmbeddedPlanner(config.planner_config(), should_stop=lambda: self._cancel.cancelled)
        self._arm = RosArm(self, config.arm_controller, tuple(f"{prefix}_joint{i}" for i in range(1, 8)))
        fingers = (f"{prefix}_finger_joint1", f"{prefix}_finger_joint2")
        self._gripper = RosGripper(self, config.gripper, fingers, config.gripper_speed)
        self._eyes = RosEyes(self, transforms, config.base_frame, config.detection_timeout)
        self._goals = GoalReader(transforms, config.base_frame)
        self._serve(config.auto_execute)

    def _serve(self, auto_execute: bool) -> None:
        group = ReentrantCallbackGroup()
        self._server = ActionServer(
            self,
            ExecuteGrasp,
            "execute_grasp",
            execute_callback=self._execute,
            cancel_callback=self._on_cancel,
            callback_group=group,
        )
        if auto_execute:
            self._client = ActionClient(self, ExecuteGrasp, "execute_grasp", callback_group=group)
            self._instructions = self.create_subscription(
                String, "grasp_instruction", self._on_instruction, 1, callback_group=group
            )

    def _on_instruction(self, message: String) -> None:
        """A client like any other, so that every other client can follow and cancel."""
        self._client.send_goal_async(ExecuteGrasp.Goal(instruction=message.data))

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        if handle is self._running:
            self._cancel.cancel()
        return CancelResponse.ACCEPT

    def _execute(self, handle: ServerGoalHandle) -> ExecuteGrasp.Result:
        if not self._busy.acquire(blocking=False):
            return self._conclude(
                handle, PickResult(ErrorCode.BUSY, "another goal is running; cancel it or wait for it")
            )
        try:
            self._cancel, self._running = CancelToken(), handle
            if handle.is_cancel_requested:
                self._cancel.cancel()
            return self._conclude(handle, self._pick(handle, self._cancel))
        finally:
            self._running = None
            self._busy.release()

    def _pick(self, handle: ServerGoalHandle, cancel: CancelToken) -> PickResult:
        def on_stage(stage: str, attempt: int, progress: float) -> None:
            self.get_logger().info(f"{stage} (attempt {attempt})")
            handle.publish_feedback(stage_feedback(stage, attempt, progress))

        try:
            goal = self._goals.read(handle.request, cancel)
            self._home_once(cancel)
            pick = PickAndPlace(self._planner, self._arm, self._gripper, self._eyes, self._pick_config, on_stage)
            return pick.run(goal, cancel)
        except Cancelled:
            return PickResult(ErrorCode.CANCELLED, "cancelled before the arm moved")
        except Exception as error:
            code = next((code for kind, code in _CODES if isinstance(error, kind)), ErrorCode.INTERNAL)
            if code is ErrorCode.INTERNAL:
                self.get_logger().error(traceback.format_exc())
            return PickResult(code, str(error))

    def _home_once(self, cancel: CancelToken) -> None:
        if self._unhomed:
            self._gripper.home(cancel)
            self._unhomed = False

    def _conclude(self, handle: ServerGoalHandle, result: PickResult) -> ExecuteGrasp.Result:
        if result.code is ErrorCode.CANCELLED:
            # The token is set before rclpy has noted the request, and only a noted one can be concluded.
            unnoted = RuntimeError("the request to cancel was withdrawn")
            wait_until(lambda: handle.is_cancel_requested, CancelToken(), within(1.0, unnoted))
        if result.code is ErrorCode.SUCCESS:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        self.get_logger().info(f"{result.code.name}: {result.message}")
        return result_message(result, Header(stamp=self.get_clock().now().to_msg(), frame_id=self._base_frame))


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    rclpy.init(args=arguments)
    return run_node(Executor)


if __name__ == "__main__":
    sys.exit(main())
