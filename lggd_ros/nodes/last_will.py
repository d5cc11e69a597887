"""A process that outlives the executor by a moment: when the executor dies, however it dies, it stops arm and hand.

A trajectory controller follows a trajectory to its end, whoever sent it and whatever became of them. This process
holds one end of a pipe to the executor. The kernel closes the other end when the executor ends, killed or not; then all
goals of the controller and of the hand are cancelled. What the hand holds it goes on holding.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import rclpy
from action_msgs.srv import CancelGoal
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from lggd_ros.execution.interfaces import ArmError

ANSWER_SECONDS = 5.0


class LastWill:
    """The executor's end of it: keep it as long as the arm may move."""

    def __init__(self, *actions: str):
        """``actions``: absolute names of those that move the arm and the hand."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *actions], stdin=subprocess.PIPE, start_new_session=True
        )

    def check(self) -> None:
        """Raises ArmError when nobody would stop the arm if this process died now."""
        if self._process.poll() is not None:
            raise ArmError(
                f"the process that stops the arm in an emergency ended with code {self._process.returncode}; "
                "restart the executor"
            )

    def close(self) -> None:
        """Have it carried out now, and wait."""
        self._process.communicate()


def main(*actions: str) -> None:
    """Wait for the end of the process that started this one, then stop its robot."""
    for meant_for_the_executor in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # whose end is awaited here
        signal.signal(meant_for_the_executor, signal.SIG_IGN)
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = Node("last_will")
    clients = [node.create_client(CancelGoal, f"{action}/_action/cancel_goal") for action in actions]
    sys.stdin.buffer.read()
    all_goals = CancelGoal.Request()  # neither an identity nor a time: every goal of the server
    answers = [client.call_async(all_goals) for client in clients if client.service_is_ready()]
    for answer in answers:
        rclpy.spin_until_future_complete(node, answer, timeout_sec=ANSWER_SECONDS)
    rclpy.try_shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
