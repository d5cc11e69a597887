"""One action of the robot, called and waited for from a thread that is not the executor's only one."""

from __future__ import annotations

from typing import Any

from rclpy.action.client import ClientGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from lggd_ros.execution.interfaces import CancelToken, RobotError
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.robot.waiting import Check, wait_for, wait_until, within

SERVER_TIMEOUT, ANSWER_TIMEOUT, STOP_TIMEOUT = 5.0, 5.0, 10.0


class ActionCaller:
    """Sends a goal, waits for its end, and on cancel does not return before the server has stopped.

    ``error`` is the class of RobotError to raise, ``remedy`` what a person can do when the server is missing.
    """

    def __init__(self, node: Node, action_type: type, name: str, error: type[RobotError], remedy: str):
        self._client = ActionClient(node, action_type, name, callback_group=ReentrantCallbackGroup())
        self.name, self._error, self._remedy = node.resolve_topic_name(name), error, remedy

    def run(self, goal: Any, cancel: CancelToken, check: Check) -> Any:
        """The action's wrapped result (``status``, ``result``).

        ``check`` raises when the wait has lost its point; the goal is then cancelled, too. Raises ``error``, Cancelled,
        or as ``check``.
        """
        handle = self._send(goal, cancel)
        result = handle.get_result_async()
        try:
            return wait_for(result, cancel, check)
        except Exception:
            self._stop(handle, result)
            raise

    def _send(self, goal: Any, cancel: CancelToken) -> ClientGoalHandle:
        missing = self._error(f"no server for the action {self.name}; {self._remedy}")
        wait_until(self._client.server_is_ready, cancel, within(SERVER_TIMEOUT, missing))
        silent = self._error(f"the action {self.name} does not answer; {self._remedy}")
        sent = self._client.send_goal_async(goal)
        try:  # not cancellable: a goal whose acceptance was not awaited could not be stopped
            handle = wait_for(sent, CancelToken(), within(ANSWER_TIMEOUT, silent))
        except RobotError:
            sent.add_done_callback(_cancel)
            raise
        if not handle.accepted:
            raise self._error(f"the action {self.name} refused the goal; its server's log tells why")
        return handle

    def _stop(self, handle: ClientGoalHandle, result: Future) -> None:
        handle.cancel_goal_async()
        stuck = self._error(f"the action {self.name} was cancelled but did not stop within {STOP_TIMEOUT:.0f} s")
        wait_for(result, CancelToken(), within(STOP_TIMEOUT, stuck))


def _cancel(late: Future) -> None:
    """A goal that is accepted when nobody waits for it any more must not run."""
    late.result().cancel_goal_async()
