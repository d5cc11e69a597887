"""rclpy's action client without its race: answers that arrive while their request is still being noted are not lost.

rclpy 7.1.6 sends a request first and notes its number afterwards (github.com/ros2/rclpy/issues/1123). An executor in
another thread that takes the answer in between drops it, and the future never completes.
"""

from __future__ import annotations

import threading
from typing import Any

from rclpy import action
from rclpy.action.client import ClientGoalHandle
from rclpy.task import Future


class ActionClient(action.ActionClient):
    """Use as rclpy's."""

    def __init__(self, *arguments: Any, **options: Any):
        self._noting = threading.Lock()
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

    async def execute(self, taken_data: Any) -> None:
        """Handle what was taken from the wire, after every request under way has been noted."""
        with self._noting:
            pass
        await super().execute(taken_data)
