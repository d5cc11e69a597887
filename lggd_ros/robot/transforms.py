"""Transforms at a given moment from /tf and /tf_static: tf2_ros where it is installed, else a small listener.

Both wait without spinning: the node's executor needs a free thread for their callbacks.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

import numpy as np
from builtin_interfaces.msg import Time as TimeMessage
from geometry_msgs.msg import TransformStamped
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time
from tf2_msgs.msg import TFMessage

from lggd_ros.execution.interfaces import Cancelled, CancelToken, PerceptionError
from lggd_ros.robot.poses import matrix
from lggd_ros.robot.transform_buffer import LookupFailure, TransformBuffer
from lggd_ros.robot.waiting import POLL, wait_for, within

try:
    import tf2_ros
except ImportError:
    tf2_ros = None


class TransformError(PerceptionError):
    """No transform between two frames at the moment asked for; the message names them."""


class Transforms(Protocol):
    """Where frames were."""

    def lookup(self, target: str, source: str, stamp: TimeMessage, timeout: float, cancel: CancelToken) -> np.ndarray:
        """Pose (4, 4) of ``source`` in ``target`` at ``stamp`` (zero: the latest), waiting up to ``timeout`` seconds.

        Raises TransformError, Cancelled.
        """


def listen(node: Node) -> Transforms:
    """Start listening."""
    return TopicTransforms(node) if tf2_ros is None else Tf2Transforms(node)


class TopicTransforms:
    """Listens by itself."""

    def __init__(self, node: Node):
        self._buffer, self._changed = TransformBuffer(), threading.Condition()
        group = MutuallyExclusiveCallbackGroup()
        latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._subscriptions = [
            node.create_subscription(TFMessage, "/tf", self._receive, 100, callback_group=group),
            node.create_subscription(TFMessage, "/tf_static", self._receive_static, latched, callback_group=group),
        ]

    def lookup(self, target: str, source: str, stamp: TimeMessage, timeout: float, cancel: CancelToken) -> np.ndarray:
        """See Transforms."""
        moment, end = Time.from_msg(stamp).nanoseconds, time.monotonic() + timeout
        with self._changed:
            while True:
                try:
                    return self._buffer.lookup(target, source, moment)
                except LookupFailure as failure:
                    if cancel.cancelled:
                        raise Cancelled from None
                    if time.monotonic() > end:
                        raise TransformError(f"no transform from '{source}' to '{target}': {failure}") from None
                self._changed.wait(POLL)

    def _receive(self, message: TFMessage) -> None:
        self._insert(message.transforms, static=False)

    def _receive_static(self, message: TFMessage) -> None:
        self._insert(message.transforms, static=True)

    def _insert(self, transforms: list[TransformStamped], static: bool) -> None:
        with self._changed:
            for stamped in transforms:
                t, r = stamped.transform.translation, stamped.transform.rotation
                stamp = Time.from_msg(stamped.header.stamp).nanoseconds
                self._buffer.insert(
                    stamped.header.frame_id,
                    stamped.child_frame_id,
                    stamp,
                    [t.x, t.y, t.z],
                    [r.x, r.y, r.z, r.w],
                    static,
                )
            self._changed.notify_all()


class Tf2Transforms:
    """Asks tf2's own buffer."""

    def __init__(self, node: Node):
        self._buffer = tf2_ros.Buffer()
        self._listener = tf2_ros.TransformListener(self._buffer, node)

    def lookup(self, target: str, source: str, stamp: TimeMessage, timeout: float, cancel: CancelToken) -> np.ndarray:
        """See Transforms."""
        moment = Time.from_msg(stamp)
        future = self._buffer.wait_for_transform_async(target, source, moment)
        late = TransformError(f"no transform from '{source}' to '{target}' at {moment.nanoseconds * 1e-9:.3f} s")
        try:
            wait_for(future, cancel, within(timeout, late))
        except TransformError:
            _, reason = self._buffer.can_transform(target, source, moment, return_debug_tuple=True)
            raise TransformError(f"{late}: {reason}") from None
        finally:
            future.cancel()
        found = self._buffer.lookup_transform(target, source, moment).transform
        t, r = found.translation, found.rotation
        return matrix([t.x, t.y, t.z], [r.x, r.y, r.z, r.w])
