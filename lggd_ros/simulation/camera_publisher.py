"""The wrist camera's topics, named and stamped as realsense2_camera's; images are drawn in a thread, if watched."""

from __future__ import annotations

import threading

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lggd_ros.robot.images import camera_info
from lggd_ros.simulation.conversions import to_image, to_time
from lggd_ros.simulation.faults import CAMERA_DROPS_OUT
from lggd_ros.simulation.mount import CAMERA, CAMERA_FRAME
from lggd_ros.simulation.physics import PhysicsThread
from lggd_ros.simulation.views import CameraImage, WorldState

NAMESPACE = "/camera/camera"
SILENT_SECONDS = 4.0  # simulated, of a camera that drops out


class CameraPublisher:
    """Colour, aligned depth and their camera infos, ``rate`` times per simulated second, reliable like the driver's."""

    def __init__(self, node: Node, physics: PhysicsThread, rate: float):
        self._physics, self._period, self._silent_until = physics, 1.0 / rate, 0.0
        self._color = node.create_publisher(Image, f"{NAMESPACE}/color/image_raw", 2)
        self._color_info = node.create_publisher(CameraInfo, f"{NAMESPACE}/color/camera_info", 2)
        self._depth = node.create_publisher(Image, f"{NAMESPACE}/aligned_depth_to_color/image_raw", 2)
        self._depth_info = node.create_publisher(CameraInfo, f"{NAMESPACE}/aligned_depth_to_color/camera_info", 2)
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to look; ends with the physics."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the last image, after the physics has stopped."""
        self._thread.join()

    def _run(self) -> None:
        camera = self._physics.world.open_camera()
        due = 0.0
        while self._physics.running:
            state = self._wait_until(due)
            due = state.time + self._period
            if self._drops_out(state.time):
                continue
            self._publish_info(state.time)
            if self._color.get_subscription_count() or self._depth.get_subscription_count():
                self._publish(camera.render(state))

    def _wait_until(self, due: float) -> WorldState:
        with self._physics.locked:
            while self._physics.world.time < due and self._physics.running:
                self._physics.wait_for_tick()
            return self._physics.world.state

    def _drops_out(self, time: float) -> bool:
        """Once asked to, silent for some seconds from the first motion on."""
        world = self._physics.world
        if world.moving and world.faults.strikes(CAMERA_DROPS_OUT):
            self._silent_until = time + SILENT_SECONDS
        return time < self._silent_until

    def _publish_info(self, time: float) -> None:
        info = camera_info(CAMERA, _header(time))
        self._color_info.publish(info)
        self._depth_info.publish(info)

    def _publish(self, image: CameraImage) -> None:
        header = _header(image.time)
        self._color.publish(to_image(image.color, "rgb8", header))
        self._depth.publish(to_image(image.depth, "16UC1", header))


def _header(time: float) -> Header:
    return Header(stamp=to_time(time), frame_id=CAMERA_FRAME)
