"""The newest colour and depth images that belong together: kept as messages, decoded only when somebody asks."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time as TimeMessage
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lggd_ros.execution.interfaces import PerceptionError
from lggd_ros.grasps.camera import PinholeCamera, depth_in_metres
from lggd_ros.robot.images import depth_image, pinhole_camera, rgb_image
from lggd_ros.robot.joints import STANDSTILL
from lggd_ros.robot.waiting import POLL

COLOUR, DEPTH, CAMERA_INFO = "colour", "depth", "camera info"
RATE_WINDOW = 5.0
RECENT = 4  # images of a stream among which a partner is sought: depth may come some periods late
START_TIMEOUT = 5.0
Pair = tuple[Image, Image]  # colour and depth
NEWEST_ONLY = QoSProfile(
    depth=1,
    history=HistoryPolicy.KEEP_LAST,
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
)


@dataclass(frozen=True)
class Snapshot:
    """One moment: ``header`` of the colour image, ``colour`` (H, W, 3) uint8 RGB, ``depth`` (H, W) after REP-118."""

    header: Header
    colour: np.ndarray
    depth: np.ndarray
    camera: PinholeCamera

    def cloud(self) -> np.ndarray:
        """Points (H, W, 3) in the optical frame, NaN without return."""
        return self.camera.point_cloud(depth_in_metres(self.depth))


@dataclass
class Stream:
    """What is known of one topic, and its newest messages. ``heard``: when the last one came, seconds of the clock that
    stamps images. ``problem`` is set when a publisher's QoS does not fit."""

    topic: str
    recent: deque[Any] = field(default_factory=lambda: deque(maxlen=RECENT))
    heard: float = 0.0
    problem: str = ""
    arrivals: deque[float] = field(default_factory=lambda: deque(maxlen=300))

    @property
    def newest(self) -> Any:
        """The last message, None before there is one."""
        return self.recent[-1] if self.recent else None

    @property
    def stamp(self) -> float:
        """Seconds, of the newest message."""
        return seconds(self.newest.header.stamp)

    def rate(self) -> float:
        """Messages per second of wall clock, over the last seconds."""
        recent = [moment for moment in list(self.arrivals) if moment > time.monotonic() - RATE_WINDOW]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 else 0.0


class FrameMatcher:
    """Pairs colour and depth whose stamps differ by at most ``max_skew`` s, refuses those older than ``max_age`` s.

    ``clock`` returns seconds of the clock that stamps the images.
    """

    def __init__(self, topics: dict[str, str], max_skew: float, max_age: float, clock: Callable[[], float]):
        self.streams = {name: Stream(topic) for name, topic in topics.items()}
        self._max_skew, self._max_age, self._clock = max_skew, max_age, clock
        self._pair: Pair | None = None
        self._changed = threading.Condition()

    def add(self, name: str, message: Image | CameraInfo) -> None:
        """A message of one stream arrived."""
        with self._changed:
            stream = self.streams[name]
            stream.recent.append(message)
            stream.heard = self._clock()
            stream.arrivals.append(time.monotonic())
            self._pair = max(self._pairs(), key=lambda pair: (_taken(pair), -_apart(pair)), default=self._pair)
            self._changed.notify_all()

    def skew(self) -> float:
        """Seconds between the newest image of either stream and the closest one of the other; infinite when one stream
        is silent."""
        colour, depth = (self.streams[name].recent for name in (COLOUR, DEPTH))
        pairs = [pair for pair in product(colour, depth) if pair[0] is colour[-1] or pair[1] is depth[-1]]
        return min(map(_apart, pairs), default=float("inf"))

    def _pairs(self) -> list[Pair]:
        """Colour and depth images that belong together."""
        pairs = product(self.streams[COLOUR].recent, self.streams[DEPTH].recent)
        return [pair for pair in pairs if _apart(pair) <= self._max_skew]

    def age(self, name: str) -> float:
        """Seconds of the clock since a stream's newest message was stamped, or since it arrived if that is longer.

        A simulator short of time is not silent, but one whose clock stands still is.
        """
        stream = self.streams[name]
        if stream.newest is None:
            return float("inf")
        elapsed = time.monotonic() - stream.arrivals[-1]
        return elapsed if elapsed > STANDSTILL else self._clock() - min(stream.stamp, stream.heard)

    def snapshot(self, since: float = 0.0) -> Snapshot:
        """The newest pair, decoded, taken ``since`` then, seconds of the images' clock (0 = any).

        ``START_TIMEOUT`` seconds are waited for the first images of a camera that is just starting, and ``STANDSTILL``
        for new ones of one that is not silent.

        Raises PerceptionError: which stream is missing, old or different.
        """
        with self._changed:
            self._changed.wait_for(self._is_complete, START_TIMEOUT)
            self._check_present()
            self._await_images(since)
            self._check_age()
            colour, depth = self._checked_pair(since)
            info = self.streams[CAMERA_INFO].newest
        try:
            return _decode(colour, depth, info)
        except ValueError as error:
            raise PerceptionError(str(error)) from error

    def _is_complete(self) -> bool:
        return all(stream.newest for stream in self.streams.values())

    def _await_images(self, since: float) -> None:
        end = time.monotonic() + STANDSTILL
        while self._early(since) > 0 and not self._is_silent() and time.monotonic() < end:
            self._changed.wait(POLL)

    def _early(self, since: float) -> float:
        """Seconds by which one of the newest pair was taken before ``since``."""
        return since and since - min(_stamps(self._pair), default=0.0)

    def _is_silent(self) -> bool:
        return any(self.age(name) > self._max_age for name in (COLOUR, DEPTH))

    def _check_present(self) -> None:
        for name, stream in self.streams.items():
            if stream.newest is None:
                hint = stream.problem or "is the camera running, with align_depth.enable:=true?"
                raise PerceptionError(f"no {name} message on {stream.topic} yet; {hint}")

    def _check_age(self) -> None:
        for name in (COLOUR, DEPTH):
            if (age := self.age(name)) > self._max_age:
                raise PerceptionError(
                    f"the newest {name} image on {self.streams[name].topic} is {age:.2f} s old, more than max_age = "
                    f"{self._max_age:.2f} s; is the camera still publishing, and is use_sim_time right?"
                )

    def _checked_pair(self, since: float) -> Pair:
        if self._pair is None or self._clock() - _taken(self._pair) > self._max_age:
            raise PerceptionError(
                f"colour and depth images are {self.skew():.3f} s apart, more than max_skew = {self._max_skew:.3f} s; "
                "do both streams run at the same rate?"
            )
        if (early := self._early(since)) > 0:
            raise PerceptionError(
                f"for {STANDSTILL:.0f} s no image came that was taken since the look began; the newest was taken "
                f"{early:.2f} s before; does the camera stamp its images by this machine's clock?"
            )
        return self._pair


class CameraListener:
    """Subscribes to the three streams of a camera, best effort, and feeds a FrameMatcher."""

    def __init__(self, node: Node, matcher: FrameMatcher):
        self._node, self._matcher = node, matcher
        group = MutuallyExclusiveCallbackGroup()
        kinds = {COLOUR: Image, DEPTH: Image, CAMERA_INFO: CameraInfo}
        self._subscriptions = [self._subscribe(name, kind, group) for name, kind in kinds.items()]

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _subscribe(self, name: str, kind: type, group: MutuallyExclusiveCallbackGroup) -> Any:
        stream = self._matcher.streams[name]

        def incompatible(event: Any) -> None:
            stream.problem = (
                f"{event.total_count} publishers there offer a QoS that does not fit ({event.last_policy_kind})"
            )
            self._node.get_logger().error(f"{stream.topic}: {stream.problem}")

        return self._node.create_subscription(
            kind,
            stream.topic,
            lambda message: self._matcher.add(name, message),
            NEWEST_ONLY,
            callback_group=group,
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=incompatible),
        )


def _decode(colour: Image, depth: Image, info: CameraInfo) -> Snapshot:
    """Raises ValueError when the three do not fit together."""
    sizes = {COLOUR: colour, DEPTH: depth, CAMERA_INFO: info}
    if len({(message.width, message.height) for message in sizes.values()}) > 1:
        listed = ", ".join(f"{name} {message.width}x{message.height}" for name, message in sizes.items())
        raise ValueError(f"image sizes differ: {listed}; subscribe to depth that is aligned to colour")
    frames = {COLOUR: colour.header.frame_id, DEPTH: depth.header.frame_id}
    if len(set(frames.values())) > 1:
        listed = ", ".join(f"{name} {frame}" for name, frame in frames.items())
        raise ValueError(f"image frames differ: {listed}; subscribe to depth that is aligned to colour")
    return Snapshot(colour.header, rgb_image(colour), depth_image(depth), pinhole_camera(info))


def seconds(stamp: TimeMessage) -> float:
    """A message's time in seconds."""
    return Time.from_msg(stamp).nanoseconds * 1e-9


def _taken(pair: Pair) -> float:
    """When its colour image was, seconds."""
    return _stamps(pair)[0]


def _apart(pair: Pair) -> float:
    """Seconds between the two."""
    colour, depth = _stamps(pair)
    return abs(colour - depth)


def _stamps(pair: Pair | None) -> list[float]:
    """Of both, seconds."""
    return [seconds(image.header.stamp) for image in pair or ()]
