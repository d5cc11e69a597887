"""The node ``perception``: an instruction and the newest images in, what matches and how to grasp it out.

Managed: configure loads the network, activate listens, deactivate and cleanup let go. With ``auto_activate`` (default)
it does the first two by itself.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import Image
from std_msgs.msg import String
from visualization_msgs.msg import MarkerArray

from lggd_ros.detector import FOUND, Detection, GraspDetector, Lifted
from lggd_ros.execution.interfaces import CancelToken, PerceptionError
from lggd_ros.grasps.lift import CAMERA_UP
from lggd_ros.grasps.scene import scene_points, target_points
from lggd_ros.network.checkpoint import CheckpointError
from lggd_ros.nodes.config import PerceptionConfig
from lggd_ros.nodes.detections import detection_message
from lggd_ros.nodes.diagnostics import stream_diagnostics
from lggd_ros.nodes.markers import gripper_ghosts
from lggd_ros.nodes.parameters import read_parameters
from lggd_ros.nodes.running import run_node
from lggd_ros.overlay import draw
from lggd_ros.planning.planner import NO_POINTS
from lggd_ros.robot.clouds import cloud_message
from lggd_ros.robot.images import numpy_to_image
from lggd_ros.robot.snapshot import CAMERA_INFO, COLOUR, DEPTH, CameraListener, FrameMatcher, Snapshot, seconds
from lggd_ros.robot.transforms import listen
from lggd_ros_msgs.msg import GraspDetection
from lggd_ros_msgs.srv import DetectGrasps, ScenePoints

TOPICS = {
    COLOUR: "camera/camera/color/image_raw",
    DEPTH: "camera/camera/aligned_depth_to_color/image_raw",
    CAMERA_INFO: "camera/camera/color/camera_info",
}


class Detector(Protocol):
    """What the node needs of ``GraspDetector``."""

    def detect(self, image: np.ndarray, text: str, depth: np.ndarray | None, top_k: int) -> Detection:
        """See ``GraspDetector.detect``."""


@dataclass(frozen=True)
class Look:
    """One look: the images, what was detected in them, and its grasps in the optical frame."""

    snapshot: Snapshot
    detection: Detection
    lifted: Lifted

    def message(self) -> GraspDetection:
        """For topics and the service."""
        return detection_message(self.detection, self.lifted, self.snapshot.header)


class Perception(LifecycleNode):
    """Parameters: ``PerceptionConfig``. ``load(checkpoint, device)`` makes the detector."""

    def __init__(self, load: Callable[[str, str], Detector] = GraspDetector.load):
        super().__init__("perception")
        self.config = read_parameters(self, PerceptionConfig)
        self._load = load
        self._one_at_a_time = MutuallyExclusiveCallbackGroup()  # the detector is not thread-safe
        topics = {stream: self.resolve_topic_name(name) for stream, name in TOPICS.items()}
        self._matcher = FrameMatcher(topics, self.config.max_skew, self.config.max_age, self._now)
        self._transforms = listen(self)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the network, advertise the topics."""
        try:
            self._detector = self._load(self.config.checkpoint, self.config.device)
        except Exception as error:  # rclpy would pass over it in silence
            told = isinstance(error, CheckpointError | ValueError)
            self.get_logger().error(str(error) if told else traceback.format_exc())
            return TransitionCallbackReturn.FAILURE
        self._detections = self.create_lifecycle_publisher(GraspDetection, "~/detection", 1)
        self._overlays = self.create_lifecycle_publisher(Image, "~/overlay", 1)
        self._markers = self.create_lifecycle_publisher(MarkerArray, "~/markers", 1)
        self._diagnostics = self.create_lifecycle_publisher(DiagnosticArray, "/diagnostics", 1)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to the camera and to instructions, offer the service."""
        group = self._one_at_a_time
        self._camera = CameraListener(self, self._matcher)
        self._instructions = self.create_subscription(
            String, "grasp_instruction", self._on_instruction, 1, callback_group=group
        )
        self._service = self.create_service(DetectGrasps, "~/detect_grasps", self._on_request, callback_group=group)
        self._scene = self.create_service(ScenePoints, "~/scene_points", self._on_scene, callback_group=group)
        self._timer = self.create_timer(1.0, self._publish_diagnostics)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening."""
        self._camera.close()
        self.destroy_subscription(self._instructions)
        self.destroy_service(self._service)
        self.destroy_service(self._scene)
        self.destroy_timer(self._timer)
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free the network."""
        for publisher in (self._detections, self._overlays, self._markers, self._diagnostics):
            self.destroy_lifecycle_publisher(publisher)
        del self._detector
        return super().on_cleanup(state)

    def _on_instruction(self, message: String) -> None:
        try:
            self._publish(self._look(message.data, self.config.top_k))
        except (PerceptionError, ValueError) as error:
            self.get_logger().error(f"cannot look for '{message.data[:60]}': {error}")

    def _on_request(self, request: DetectGrasps.Request, response: DetectGrasps.Response) -> DetectGrasps.Response:
        try:
            look = self._look(request.instruction, request.max_grasps or self.config.top_k, seconds(request.since))
        except (PerceptionError, ValueError) as error:
            response.message = str(error)
            return response
        self._publish(look)
        header, cloud = look.snapshot.header, look.snapshot.cloud()
        response.success, response.detection, response.rejections = True, look.message(), look.lifted.rejections
        obstacles = scene_points(cloud, look.detection.mask, self.config.obstacle_voxel)
        response.obstacles = cloud_message(obstacles, header)
        target = target_points(cloud, look.detection.mask) if look.detection.status == FOUND else NO_POINTS
        response.target = cloud_message(target, header)
        return response

    def _on_scene(self, request: ScenePoints.Request, response: ScenePoints.Response) -> ScenePoints.Response:
        try:
            snapshot = self._matcher.snapshot(seconds(request.since))
        except PerceptionError as error:
            response.message = str(error)
            return response
        nothing = np.zeros(snapshot.depth.shape, bool)
        points = scene_points(snapshot.cloud(), nothing, self.config.obstacle_voxel)
        response.success, response.points = True, cloud_message(points, snapshot.header)
        return response

    def _look(self, instruction: str, top_k: int, since: float = 0.0) -> Look:
        """Raises PerceptionError without usable images or transforms, ValueError on an unusable instruction."""
        snapshot = self._matcher.snapshot(since)
        detection = self._detector.detect(snapshot.colour, instruction, snapshot.depth, top_k)
        return Look(snapshot, detection, detection.lift(snapshot.depth, snapshot.camera, self._up(snapshot)))

    def _up(self, snapshot: Snapshot) -> tuple[float, float, float] | np.ndarray:
        """Against the approach, in the optical frame."""
        if self.config.approach == "camera":
            return CAMERA_UP
        header, timeout = snapshot.header, self.config.transform_timeout
        base = self._transforms.lookup(header.frame_id, self.config.base_frame, header.stamp, timeout, CancelToken())
        return base[:3, 2]

    def _publish(self, look: Look) -> None:
        header = look.snapshot.header
        self._detections.publish(look.message())
        self._overlays.publish(numpy_to_image(draw(look.snapshot.colour, look.detection), "rgb8", header))
        self._markers.publish(gripper_ghosts(look.lifted.grasps, header))

    def _publish_diagnostics(self) -> None:
        array = DiagnosticArray(status=stream_diagnostics(self.get_name(), self._matcher, self.config.max_age))
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)

    def _now(self) -> float:
        return self.get_clock().now().nanoseconds * 1e-9


def bring_up(node: Perception) -> bool:
    """Configure and activate, if the node is to do so by itself. False when it cannot."""
    steps: list[Any] = [node.trigger_configure, node.trigger_activate] if node.config.auto_activate else []
    return all(step() == TransitionCallbackReturn.SUCCESS for step in steps)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    rclpy.init(args=arguments)
    return run_node(Perception, bring_up)


if __name__ == "__main__":
    sys.exit(main())
