"""The Franka hand through franka_gripper's actions (franka_msgs): homing, move, grasp, and the stop service."""

from __future__ import annotations

from action_msgs.msg import GoalStatus
from franka_msgs.action import Grasp, Homing, Move
from franka_msgs.msg import GraspEpsilon
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from lggd_ros.execution.interfaces import CancelToken, GripperError
from lggd_ros.robot.actions import ActionCaller
from lggd_ros.robot.joints import JointListener
from lggd_ros.robot.waiting import wait_for, within

REMEDY = "start franka_gripper, or set the executor's parameter gripper to its namespace"
MOVE_SECONDS, HOMING_SECONDS = 10.0, 20.0
STOP_TIMEOUT = 2.0


class RosGripper:
    """``execution.interfaces.Gripper`` over the namespace of franka_gripper, for example ``franka_gripper``."""

    def __init__(self, node: Node, namespace: str, finger_joints: tuple[str, ...], speed: float):
        def action(kind: type, name: str) -> ActionCaller:
            return ActionCaller(node, kind, f"{namespace}/{name}", GripperError, REMEDY)

        self._speed = speed
        self._fingers = JointListener(node, f"{namespace}/joint_states", finger_joints, GripperError)
        self._homing, self._move, self._grasp = action(Homing, "homing"), action(Move, "move"), action(Grasp, "grasp")
        self._stop_name = node.resolve_service_name(f"{namespace}/stop")
        self._stop = node.create_client(Trigger, self._stop_name, callback_group=ReentrantCallbackGroup())

    @property
    def action_names(self) -> tuple[str, ...]:
        """Absolute names of the actions that move the fingers."""
        return self._homing.name, self._move.name, self._grasp.name

    def width(self) -> float:
        """Measured opening in metres: the sum of the two finger positions. Raises GripperError when stale."""
        return float(self._fingers.newest().positions.sum())

    def home(self, cancel: CancelToken) -> None:
        """Close and open fully, so that the hand knows its widths. Raises GripperError, Cancelled."""
        self._run(self._homing, Homing.Goal(), cancel, HOMING_SECONDS, "homing the gripper")

    def move(self, width: float, cancel: CancelToken) -> None:
        """Open or close to ``width`` metres. Raises GripperError, Cancelled."""
        goal = Move.Goal(width=float(width), speed=self._speed)
        self._run(self._move, goal, cancel, MOVE_SECONDS, f"moving the gripper to {width * 1000:.0f} mm")

    def grasp(self, width: float, inner: float, outer: float, force: float, cancel: CancelToken) -> bool:
        """Close with ``force`` newtons; True when the final width lies in width - inner .. width + outer.

        franka_gripper reports another final width as a failure; here that is an answer. Raises GripperError, Cancelled.
        """
        goal = Grasp.Goal(width=float(width), speed=self._speed, force=float(force))
        goal.epsilon = GraspEpsilon(inner=float(inner), outer=float(outer))
        outcome = self._grasp.run(goal, cancel, self._fingers.within(MOVE_SECONDS, "closing the gripper"))
        return outcome.status == GoalStatus.STATUS_SUCCEEDED and outcome.result.success

    def stop(self) -> None:
        """Stop the fingers at once, and the force of a grasp with them. Raises GripperError when the hand does not."""
        silent = GripperError(f"the service {self._stop_name} does not answer; {REMEDY}")
        if not self._stop.service_is_ready():
            raise silent
        answer = wait_for(self._stop.call_async(Trigger.Request()), CancelToken(), within(STOP_TIMEOUT, silent))
        if not answer.success:
            raise GripperError(f"the gripper did not stop: {answer.message}")

    def _run(self, action: ActionCaller, goal: object, cancel: CancelToken, seconds: float, what: str) -> None:
        outcome = action.run(goal, cancel, self._fingers.within(seconds, what))
        if not outcome.result.success:
            raise GripperError(f"{what} failed: {outcome.result.error or 'no reason given'}")
