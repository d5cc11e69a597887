"""Images of the camera with the poses of the robot at their stamps, from ROS topics."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from builtin_interfaces.msg import Time as TimeMessage
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image

from lggd_ros.calibration.board import Lens
from lggd_ros.execution.interfaces import CancelToken
from lggd_ros.robot.images import rgb_image
from lggd_ros.robot.snapshot import NEWEST_ONLY
from lggd_ros.robot.transforms import TransformError, listen

IMAGE_TIMEOUT, TRANSFORM_TIMEOUT = 10.0, 1.0
REST_SECONDS = 0.3
LATEST = TimeMessage()


class SourceError(ValueError):
    """No images or transforms; the message says which."""


@dataclass(frozen=True)
class Moment:
    """``image`` (H, W, 3) uint8 RGB with its ``lens``, optical ``frame`` and ``stamp``."""

    image: np.ndarray
    lens: Lens
    frame: str
    stamp: TimeMessage


class Source:
    """Listens to the image ``topic`` and to the camera info beside it; ``node`` is spun elsewhere."""

    def __init__(self, node: Node, topic: str):
        self._topic = topic
        self._image: Image | None = None
        self._info: CameraInfo | None = None
        self._arrived = threading.Condition()
        self._transforms = listen(node)
        node.create_subscription(Image, topic, self._on_image, NEWEST_ONLY)
        node.create_subscription(CameraInfo, f"{topic.rpartition('/')[0]}/camera_info", self._on_info, NEWEST_ONLY)

    def next(self) -> Moment:
        """The next image to arrive. Raises SourceError when none does."""
        with self._arrived:
            self._image = None
            self._arrived.wait_for(lambda: self._image and self._info, IMAGE_TIMEOUT)
            image, info = self._image, self._info
        if image is None or info is None:
            what = "image on" if image is None else "camera_info beside"
            raise SourceError(f"no {what} {self._topic} for {IMAGE_TIMEOUT:.0f} s; is the camera running?")
        lens = Lens(np.reshape(info.k, (3, 3)), np.array(info.d))
        return Moment(rgb_image(image), lens, image.header.frame_id, image.header.stamp)

    def pose(self, target: str, source: str, stamp: TimeMessage = LATEST) -> np.ndarray:
        """Pose (4, 4) of the frame ``source`` in ``target``. Raises SourceError."""
        try:
            return self._transforms.lookup(target, source, stamp, TRANSFORM_TIMEOUT, CancelToken())
        except TransformError as error:
            raise SourceError(str(error)) from error

    def poses(self, target: str, source: str, stamp: TimeMessage) -> tuple[np.ndarray, np.ndarray]:
        """The pose at ``stamp``, and the one ``REST_SECONDS`` before. Raises SourceError."""
        before = (Time.from_msg(stamp) - Duration(seconds=REST_SECONDS)).to_msg()
        return self.pose(target, source, stamp), self.pose(target, source, before)

    def _on_image(self, message: Image) -> None:
        with self._arrived:
            self._image = message
            self._arrived.notify_all()

    def _on_info(self, message: CameraInfo) -> None:
        with self._arrived:
            self._info = message
            self._arrived.notify_all()
