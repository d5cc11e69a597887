"""The node ``camera``: a RealSense through its SDK, under the names of realsense2_camera.

For machines without realsense-ros. Topics below ``/camera/camera/``: ``color/image_raw``, ``color/camera_info``,
``aligned_depth_to_color/image_raw``, ``aligned_depth_to_color/camera_info``; transforms from ``camera_link``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import rclpy
from geometry_msgs.msg import Transform, TransformStamped, Vector3
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from lggd_ros.nodes.parameters import read_parameters
from lggd_ros.nodes.running import run_node
from lggd_ros.robot.images import camera_info, numpy_to_image
from lggd_ros.robot.poses import OPTICAL_TO_BODY, pose_message
from lggd_ros.robot.realsense import CameraConfig, Frames, RealSense, find_device

LINK, FRAME, OPTICAL_FRAME = "camera_link", "camera_color_frame", "camera_color_optical_frame"
RETRY, COMPLAIN = 1.0, 10.0  # seconds between two looks for a camera that is gone, and between two complaints


class Camera(Node):
    """Parameters: ``CameraConfig``. ``find(config)`` returns the SDK's device or raises CameraError."""

    def __init__(self, find: Callable[[CameraConfig], Any] = find_device):
        super().__init__("camera", namespace="camera")
        self._config, self._find = read_parameters(self, CameraConfig), find
        self._colour = self.create_publisher(Image, "~/color/image_raw", 2)
        self._colour_info = self.create_publisher(CameraInfo, "~/color/camera_info", 2)
        self._depth = self.create_publisher(Image, "~/aligned_depth_to_color/image_raw", 2)
        self._depth_info = self.create_publisher(CameraInfo, "~/aligned_depth_to_color/camera_info", 2)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._transforms = self.create_publisher(TFMessage, "/tf_static", latched)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def destroy_node(self) -> None:
        """Let the camera go first."""
        self._closing.set()
        self._thread.join()
        super().destroy_node()

    def _run(self) -> None:
        """Read as long as the camera is there; once it is gone, look for it until it is back."""
        while not self._closing.is_set():
            try:
                self._stream(RealSense(self._find(self._config), self._config))
            except RuntimeError as error:  # the SDK's own, too
                self.get_logger().error(str(error), throttle_duration_sec=COMPLAIN)
                self._closing.wait(RETRY)

    def _stream(self, camera: RealSense) -> None:
        self.get_logger().info(f"reading {camera.camera.width}x{camera.camera.height} at {self._config.rate} Hz")
        if self._config.publish_tf:
            self._publish_transforms(camera)
        clock = StampClock(self._now)
        try:
            while not self._closing.is_set():
                frames = camera.read()
                self._publish(frames, camera, clock.stamp(frames))
        finally:
            camera.close()

    def _publish(self, frames: Frames, camera: RealSense, stamp: float) -> None:
        header = Header(stamp=Time(nanoseconds=round(stamp * 1e9)).to_msg(), frame_id=OPTICAL_FRAME)
        info = camera_info(camera.camera, header, camera.distortion)
        self._colour.publish(numpy_to_image(frames.colour, "rgb8", header))
        self._colour_info.publish(info)
        self._depth.publish(numpy_to_image(frames.depth, "16UC1", header))
        self._depth_info.publish(info)

    def _publish_transforms(self, camera: RealSense) -> None:
        """``camera_link`` is the body frame of the depth sensor, as in realsense2_camera."""
        to_optical = np.linalg.inv(OPTICAL_TO_BODY)
        body = to_optical @ np.linalg.inv(camera.depth_to_colour) @ OPTICAL_TO_BODY
        stamp = self.get_clock().now().to_msg()
        frames = [(LINK, FRAME, body), (FRAME, OPTICAL_FRAME, to_optical)]
        self._transforms.publish(TFMessage(transforms=[_transform(*frame, stamp) for frame in frames]))

    def _now(self) -> float:
        return self.get_clock().now().nanoseconds * 1e-9


class StampClock:
    """The camera's time as ROS time: its own clock is tied to ``now`` at the first image, as realsense2_camera does."""

    def __init__(self, now: Callable[[], float]):
        self._now = now
        self._offset: float | None = None

    def stamp(self, frames: Frames) -> float:
        """Seconds."""
        if frames.absolute:
            return frames.time
        if self._offset is None:
            self._offset = self._now() - frames.time
        return self._offset + frames.time


def _transform(parent: str, child: str, pose: np.ndarray, stamp: Any) -> TransformStamped:
    placed = pose_message(pose)
    at = Vector3(x=placed.position.x, y=placed.position.y, z=placed.position.z)
    transform = Transform(translation=at, rotation=placed.orientation)
    return TransformStamped(header=Header(stamp=stamp, frame_id=parent), child_frame_id=child, transform=transform)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    rclpy.init(args=arguments)
    return run_node(Camera)


if __name__ == "__main__":
    sys.exit(main())
