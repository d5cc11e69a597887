"""Whether ros2_control's trajectory controller is active: an inactive one serves its action, and refuses every goal."""

from __future__ import annotations

from importlib.util import find_spec

from rclpy.node import Node

from lggd_ros.doctor.finding import Finding
from lggd_ros.execution.interfaces import CancelToken, RobotError
from lggd_ros.robot.waiting import wait_for, within

CONTROLLER = "fr3_arm_controller"
TITLE = "controller of the arm"
REMEDY = f"ros2 control set_controller_state {CONTROLLER} active"
ANSWER_TIMEOUT = 2.0


class ControllerState:
    """Asks the controller manager; robots without one, and machines without its interfaces, have nothing to ask."""

    def __init__(self, node: Node):
        self._service = node.resolve_service_name("controller_manager/list_controllers")
        self._node, self._client = node, None
        if find_spec("controller_manager_msgs") is not None:
            from controller_manager_msgs.srv import ListControllers

            self._request = ListControllers.Request
            self._client = node.create_client(ListControllers, self._service)

    def finding(self) -> Finding:
        """One line."""
        if self._client is None:
            return Finding(TITLE, "not asked for, because controller_manager_msgs is not installed here")
        if not self._client.service_is_ready():
            return Finding(TITLE, f"not asked for, because nobody serves {self._service}")
        try:
            silent = RobotError(f"{self._service} does not answer")
            answer = wait_for(self._client.call_async(self._request()), CancelToken(), within(ANSWER_TIMEOUT, silent))
        except RobotError as error:
            return Finding(TITLE, str(error), "start the robot's driver again")
        return _judge({controller.name: controller.state for controller in answer.controller})


def _judge(states: dict[str, str]) -> Finding:
    if CONTROLLER not in states:
        loaded = ", ".join(states) or "none"
        return Finding(TITLE, f"not loaded; loaded: {loaded}", f"ros2 run controller_manager spawner {CONTROLLER}")
    if states[CONTROLLER] != "active":
        others = [name for name, state in states.items() if state == "active"]
        return Finding(TITLE, f"{states[CONTROLLER]}; active: {', '.join(others) or 'none'}", REMEDY)
    return Finding(TITLE, f"{CONTROLLER} is active")
