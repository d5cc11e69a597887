"""Newest measured joint positions from a sensor_msgs/JointState topic; silence is an error, not an old value."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.time import Time
from sensor_msgs.msg import JointState

from lggd_ros.execution.interfaces import RobotError
from lggd_ros.robot.waiting import Check

# As measured. franka_bringup merges them into joint_states, too, but those go on when the robot has fallen silent.
JOINT_STATES = "franka/joint_states"
START_TIMEOUT = 5.0
CATCH_UP = 0.3  # seconds of wall clock in which a process that was kept waiting hears what it has missed
STANDSTILL = 10.0  # seconds of wall clock after which nothing is heard, whatever the node's clock says


@dataclass(frozen=True)
class Joints:
    """``positions`` (N,) in rad or m at ``stamp``, seconds of the robot's clock. They came at ``heard``, nanoseconds of
    the node's clock, and ``arrival``, seconds of the monotonic clock."""

    stamp: float
    positions: np.ndarray
    heard: int
    arrival: float


class JointListener:
    """Joints ``names`` of the topic, in this order. ``error`` is the class raised when they are missing or silent."""

    def __init__(
        self, node: Node, topic: str, names: tuple[str, ...], error: type[RobotError], max_silence: float = 1.0
    ):
        self._names, self._error, self._max_silence, self._clock = names, error, max_silence, node.get_clock()
        self._newest: Joints | None = None
        self._arrived = threading.Condition()
        self._subscription = node.create_subscription(
            JointState, topic, self._receive, qos_profile_sensor_data, callback_group=MutuallyExclusiveCallbackGroup()
        )

    def newest(self) -> Joints:
        """The newest measurement; a robot that is just starting gets ``START_TIMEOUT`` seconds for its first one.

        Raises the error when none arrived for ``max_silence`` seconds, nor within ``CATCH_UP`` of this call.
        """
        topic, newest = self._subscription.topic_name, self._newer(None, START_TIMEOUT)
        if newest is None:
            raise self._error(f"no joint states of {self._names[0]} … on {topic}; is the robot's driver running?")
        if self._silence(newest) > self._max_silence:
            newest = self._newer(newest, CATCH_UP) or newest
        silence = self._silence(newest)
        if silence > self._max_silence:
            raise self._error(f"joint states on {topic} fell silent {silence:.1f} s ago; is the robot still connected?")
        return newest

    def _newer(self, known: Joints | None, timeout: float) -> Joints | None:
        """The newest measurement; ``timeout`` seconds are waited for one that is not ``known``."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._newest is not known, timeout)
            return self._newest

    def _silence(self, newest: Joints) -> float:
        """Seconds of the node's clock: a simulator short of time is not silent, but one whose clock stands still is."""
        measured = (self._clock.now().nanoseconds - newest.heard) * 1e-9
        elapsed = time.monotonic() - newest.arrival
        return elapsed if elapsed > STANDSTILL else measured

    def within(self, seconds: float, what: str) -> Check:
        """A check for waits: raises when the robot falls silent, or ``what`` outlasts ``seconds`` of its clock."""
        end = self.newest().stamp + seconds

        def check() -> None:
            if self.newest().stamp > end:
                raise self._error(f"{what} did not end within {seconds:.1f} s")

        return check

    def _receive(self, message: JointState) -> None:
        index = {name: i for i, name in enumerate(message.name)}
        if not all(index.get(name, len(message.position)) < len(message.position) for name in self._names):
            return
        positions = np.array([message.position[index[name]] for name in self._names])
        if not np.isfinite(positions).all():
            return
        stamp = Time.from_msg(message.header.stamp).nanoseconds * 1e-9
        with self._arrived:
            self._newest = Joints(stamp, positions, self._clock.now().nanoseconds, time.monotonic())
            self._arrived.notify_all()
