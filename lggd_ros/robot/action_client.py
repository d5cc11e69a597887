"""rclpy's action client, without the two ways in which it never hears that its goal was accepted.

- rclpy 7.1.6 sends a request first and notes its number afterwards (github.com/ros2/rclpy/issues/1123). An executor in
  another thread that takes the answer in between drops it, and the future never completes.
- A server can take a request before it has discovered where the answer is to go; DDS then drops the answer
  (github.com/ros2/rmw_fastrtps/pull/390), while the goal runs. The server's status, which waits for latecomers,
  lists the goals that it has accepted.
"""

from __future__ import annotations

import threading
from typing import Any

from action_msgs.msg import GoalStatusArray
from rclpy import action
from rclpy.action.client import ClientGoalHandle
from rclpy.task import Future


class ActionClient(action.ActionClient):
    """Use as rclpy's."""

    def __init__(self, *arguments: Any, **options: Any):
        self._noting, self._answering = threading.Lock(), threading.Lock()
        super().__init__(*arguments, **options)

    def send_goal_async(self, *arguments: Any, **options: Any) -> Future:
        """See rclpy."""
        with self._noting:
            return super().send_goal_async(*arguments, **options)

    def _get_result_async(self, goal_handle: ClientGoalHandle) -> Future:
        with self._noting:
            return super()._get_result_async(goal_handle)

    def _cancel_goal_async(self, goal_handle: ClientGoalHandle) -> Future:
        with self._noting:
            return super()._cancel_goal_async(goal_handle)

    async def execute(self, taken_data: dict[str, Any]) -> None:
        """Handle what was taken from the wire, after every request under way has been noted."""
        with self._noting:
            answers = [taken_data.pop("goal")] if "goal" in taken_data else []
            answers += self._accepted(taken_data.get("status", GoalStatusArray()))
        for number, answer in answers:
            with self._answering:
                await self._settle(number, answer)
        await super().execute(taken_data)

    def _accepted(self, status: GoalStatusArray) -> list[tuple[int, Any]]:
        """Number and answer of every goal that the server reports on: it has accepted them."""
        reported = {bytes(goal.goal_info.goal_id.uuid) for goal in status.status_list}
        answer = self._action_type.Impl.SendGoalService.Response(accepted=True)
        sent = self._goal_sequence_number_to_goal_id.copy()
        return [(number, answer) for number, goal in sent.items() if bytes(goal.uuid) in reported]

    async def _settle(self, number: int, answer: Any) -> None:
        """The first answer counts."""
        future = self._pending_goal_requests.get(number)
        if future is not None and not future.done():
            await super().execute({"goal": (number, answer)})
