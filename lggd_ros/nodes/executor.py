"""The node ``executor``: the action ``execute_grasp`` over pick-and-place with planner, arm and gripper.

One goal at a time. A rival is accepted and ended at once with the code BUSY, because a rejection carries no reason.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

import rclpy
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Header, String
from visualization_msgs.msg import MarkerArray

from lggd_ros.execution.choosing import Sifted
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import ArmError, Cancelled, CancelToken, GripperError, Sighting
from lggd_ros.execution.outcome import ErrorCode, PickResult
from lggd_ros.execution.pick_and_place import PickAndPlace, Reports
from lggd_ros.nodes.config import ExecutorConfig
from lggd_ros.nodes.goals import GoalReader, result_message, stage_feedback
from lggd_ros.nodes.last_will import LastWill
from lggd_ros.nodes.markers import sifted_markers
from lggd_ros.nodes.motion import make_motion
from lggd_ros.nodes.parameters import read_parameters
from lggd_ros.nodes.running import run_node
from lggd_ros.nodes.services import Services
from lggd_ros.nodes.turns import Turns
from lggd_ros.planning.config import WRIST_CAMERA
from lggd_ros.planning.planner import MotionPlanner
from lggd_ros.planning.robot_model import FINGER_JOINTS, RobotModel
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.robot.eyes import RosEyes
from lggd_ros.robot.gripper import RosGripper
from lggd_ros.robot.transforms import TransformError, listen
from lggd_ros.robot.waiting import wait_until, within
from lggd_ros_msgs.action import ExecuteGrasp

NOTED = 10.0  # seconds within which rclpy notes a request to cancel that it has asked about
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_CODES = (
    (TransformError, ErrorCode.NO_TRANSFORM),
    (ArmError, ErrorCode.ARM_FAILED),
    (GripperError, ErrorCode.GRIPPER_FAILED),
)


class Executor(Node):
    """Parameters: ``ExecutorConfig`` and ``PickConfig``. Raises ValueError on bad ones.

    ``wrap`` is given the planner and returns the one that is used; a benchmark puts faults in with it.
    """

    def __init__(self, wrap: Callable[[MotionPlanner], MotionPlanner] = lambda planner: planner) -> None:
        super().__init__("executor")
        config, pick_config = read_parameters(self, ExecutorConfig), read_parameters(self, PickConfig)
        self._base_frame, self._turns = config.base_frame, Turns()
        self._running: dict[bytes, CancelToken] = {}
        self._to_cancel: set[bytes] = set()
        self._stops: dict[bytes, int] = {}  # that there had been when a goal was accepted
        transforms = listen(self)
        planner, arm = make_motion(self, config, should_stop=lambda: self._turns.stopping)
        gripper = RosGripper(self, config.gripper, FINGER_JOINTS, config.gripper_speed)
        eyes = RosEyes(self, transforms, config.base_frame, config.detection_timeout, config.max_silence)
        self._last_will = LastWill(arm.action_name, *gripper.action_names)
        hand, robot = Hand(gripper, pick_config), RobotModel((WRIST_CAMERA,))
        self._picking = PickAndPlace(wrap(planner), arm, hand, eyes, robot, pick_config, self._last_will.check)
        self._goals = GoalReader(transforms, config.base_frame, pick_config.region_by_name)
        self._serve(config.auto_execute)

    def destroy_node(self) -> None:
        """Leave the robot at rest, and whoever moves it to come to an end."""
        self._turns.cancel()
        self._last_will.close()
        super().destroy_node()

    def _serve(self, auto_execute: bool) -> None:
        group = ReentrantCallbackGroup()
        self._markers = self.create_publisher(MarkerArray, "~/markers", LATCHED)
        self._triggers = Services(self, self._picking, self._turns)
        self._server = ActionServer(
            self,
            ExecuteGrasp,
            "execute_grasp",
            execute_callback=self._execute,
            handle_accepted_callback=self._on_accepted,
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

    def _on_accepted(self, handle: ServerGoalHandle) -> None:
        """A stop from now on is one of this goal, even if that has not begun."""
        self._stops[_goal_id(handle)] = self._turns.stops
        handle.execute()

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        """``_execute`` notes first and looks then, too, so that one of the two sees what the other has noted."""
        self._to_cancel.add(_goal_id(handle))
        running = self._running.get(_goal_id(handle))
        if running is not None:
            running.cancel()
        return CancelResponse.ACCEPT

    def _execute(self, handle: ServerGoalHandle) -> ExecuteGrasp.Result:
        with self._turns.take(self._stops.pop(_goal_id(handle))) as cancel:
            if cancel is None:
                busy = "another goal or service is moving the robot; cancel it or wait for it"
                return self._conclude(handle, PickResult(ErrorCode.BUSY, busy))
            self._running[_goal_id(handle)] = cancel
            try:
                if _goal_id(handle) in self._to_cancel:
                    cancel.cancel()
                return self._conclude(handle, self._pick(handle, cancel))
            finally:
                del self._running[_goal_id(handle)]

    def _pick(self, handle: ServerGoalHandle, cancel: CancelToken) -> PickResult:
        def on_stage(stage: str, attempt: int, progress: float) -> None:
            self.get_logger().info(f"{stage} (attempt {attempt})")
            handle.publish_feedback(stage_feedback(stage, attempt, progress))

        try:
            try:
                goal = self._goals.read(handle.request, cancel)
            except ValueError as error:
                return PickResult(ErrorCode.INVALID_GOAL, str(error))
            return self._picking.run(goal, cancel, Reports(on_stage, self._show, self.get_logger().warning))
        except Cancelled:
            return PickResult(ErrorCode.CANCELLED, "cancelled before the arm moved")
        except Exception as error:
            code = next((code for kind, code in _CODES if isinstance(error, kind)), ErrorCode.INTERNAL)
            if code is ErrorCode.INTERNAL:
                self.get_logger().error(traceback.format_exc())
            return PickResult(code, str(error))

    def _show(self, found: Sifted, sighting: Sighting) -> None:
        """Which grasp was chosen, and why the others were not, for RViz and the log."""
        self._markers.publish(sifted_markers(found, sighting, self._header()))
        for line in found.lines:
            self.get_logger().info(f"not used: {line}")

    def _conclude(self, handle: ServerGoalHandle, result: PickResult) -> ExecuteGrasp.Result:
        if result.code is ErrorCode.SUCCESS:
            handle.succeed()
        elif self._is_cancelled(handle):
            handle.canceled()
        else:
            handle.abort()
        self._to_cancel.discard(_goal_id(handle))
        self.get_logger().info(f"{result.code.name}: {result.message}")
        return result_message(result, self._header())

    def _is_cancelled(self, handle: ServerGoalHandle) -> bool:
        """By a client, not by ``~/stop``. Its token is set before rclpy has noted the request."""
        if _goal_id(handle) in self._to_cancel:
            with suppress(TimeoutError):
                wait_until(lambda: handle.is_cancel_requested, CancelToken(), within(NOTED, TimeoutError()))
        return handle.is_cancel_requested

    def _header(self) -> Header:
        return Header(stamp=self.get_clock().now().to_msg(), frame_id=self._base_frame)


def _goal_id(handle: ServerGoalHandle) -> bytes:
    return bytes(handle.goal_id.uuid)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    rclpy.init(args=arguments)
    return run_node(Executor)


if __name__ == "__main__":
    sys.exit(main())
