"""Whether a topic that should never pause still speaks."""

from __future__ import annotations

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data

from lggd_ros.execution.interfaces import PerceptionError


class Heartbeat:
    """Listens to a topic; ``remedy`` is what to ask about its silence. Seconds are those of the node's clock, so that
    a simulator that is short of time is not taken for a dead camera."""

    def __init__(self, node: Node, kind: type, topic: str, max_silence: float, remedy: str):
        self._clock, self._max_silence, self._remedy = node.get_clock(), max_silence, remedy
        self._heard: float | None = None
        self._subscription = node.create_subscription(
            kind, topic, self._hear, qos_profile_sensor_data, callback_group=MutuallyExclusiveCallbackGroup()
        )

    def check(self) -> None:
        """Raises PerceptionError after more than ``max_silence`` seconds without a message, or since first asked."""
        self._heard = self._now() if self._heard is None else self._heard
        silence = self._now() - self._heard
        if silence > self._max_silence:
            raise PerceptionError(
                f"nothing arrived on {self._subscription.topic_name} for {silence:.1f} s; {self._remedy}"
            )

    def _hear(self, _: object) -> None:
        self._heard = self._now()

    def _now(self) -> float:
        return self._clock.now().nanoseconds * 1e-9
