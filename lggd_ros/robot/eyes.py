"""Eyes over ROS: asks perception's service, and carries its answer into the base frame at the image's stamp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from lggd_ros.execution.interfaces import CancelToken, PerceptionError, Sighting
from lggd_ros.grasps.scene import transform_points
from lggd_ros.robot.clouds import cloud_points
from lggd_ros.robot.grasps import grasp_candidate
from lggd_ros.robot.heartbeat import Heartbeat
from lggd_ros.robot.transforms import TransformError, Transforms
from lggd_ros.robot.waiting import wait_for, wait_until, within
from lggd_ros_msgs.msg import GraspDetection
from lggd_ros_msgs.srv import DetectGrasps, ScenePoints

DETECT, SCENE, CAMERA_INFO = "perception/detect_grasps", "perception/scene_points", "camera/camera/color/camera_info"
SERVER_TIMEOUT, TRANSFORM_TIMEOUT = 5.0, 2.0
REMEDY = "start the perception node, or activate it (ros2 lifecycle set /perception activate)"
STATUS = {GraspDetection.FOUND: "found", GraspDetection.ABSENT: "absent", GraspDetection.AMBIGUOUS: "ambiguous"}


class RosEyes:
    """``execution.interfaces.Eyes``; ``timeout`` seconds of wall clock are granted to one answer of perception.

    Camera and transforms count as silent after ``max_silence`` seconds.
    """

    def __init__(self, node: Node, transforms: Transforms, base_frame: str, timeout: float, max_silence: float):
        self._detect, self._scene = _Asked(node, DetectGrasps, DETECT), _Asked(node, ScenePoints, SCENE)
        self._transforms, self._base_frame, self._timeout = transforms, base_frame, timeout
        self._clock = node.get_clock()
        self._heartbeats = [
            Heartbeat(node, CameraInfo, CAMERA_INFO, max_silence, "is the camera still publishing?"),
            Heartbeat(node, TFMessage, "/tf", max_silence, "is robot_state_publisher still running?"),
        ]

    def look(self, instruction: str, cancel: CancelToken) -> Sighting:
        """One look at the first images that are taken from now on, and at the next where transforms at their stamp were
        not heard.

        Raises PerceptionError, Cancelled.
        """
        request = DetectGrasps.Request(instruction=instruction, since=self._now())
        answer, base = self._ask(self._detect, request, lambda answer: answer.detection.header, cancel)
        return _sighting(answer, base)

    def glance(self, cancel: CancelToken) -> np.ndarray:
        """Points (N, 3) in the base frame of whatever is there now. Raises PerceptionError, Cancelled."""
        request = ScenePoints.Request(since=self._now())
        answer, base = self._ask(self._scene, request, lambda answer: answer.points.header, cancel)
        return transform_points(base, cloud_points(answer.points))

    def check(self) -> None:
        """Raises PerceptionError when camera or transforms have fallen silent."""
        for heartbeat in self._heartbeats:
            heartbeat.check()

    def _now(self) -> Time:
        return self._clock.now().to_msg()

    def _ask(
        self, service: _Asked, request: Any, header_of: Callable[[Any], Header], cancel: CancelToken
    ) -> tuple[Any, np.ndarray]:
        """The answer, and the pose (4, 4) of its frame in the base frame at its stamp."""
        try:
            return self._ask_once(service, request, header_of, cancel)
        except TransformError:
            return self._ask_once(service, request, header_of, cancel)

    def _ask_once(
        self, service: _Asked, request: Any, header_of: Callable[[Any], Header], cancel: CancelToken
    ) -> tuple[Any, np.ndarray]:
        answer = service.ask(request, self._timeout, cancel)
        header = header_of(answer)
        base = self._transforms.lookup(self._base_frame, header.frame_id, header.stamp, TRANSFORM_TIMEOUT, cancel)
        return answer, base


class _Asked:
    """A service of perception, with every wait bounded."""

    def __init__(self, node: Node, kind: type, name: str):
        self._name = node.resolve_service_name(name)
        self._client = node.create_client(kind, self._name, callback_group=ReentrantCallbackGroup())

    def ask(self, request: Any, timeout: float, cancel: CancelToken) -> Any:
        """Raises PerceptionError without a successful answer, Cancelled."""
        missing = PerceptionError(f"no service {self._name}; {REMEDY}")
        wait_until(self._client.service_is_ready, cancel, within(SERVER_TIMEOUT, missing))
        late = PerceptionError(f"{self._name} did not answer within {timeout:.0f} s")
        future = self._client.call_async(request)
        try:
            answer = wait_for(future, cancel, within(timeout, late))
        finally:
            self._client.remove_pending_request(future)
        if not answer.success:
            raise PerceptionError(answer.message)
        return answer


def _sighting(answer: DetectGrasps.Response, base: np.ndarray) -> Sighting:
    detection = answer.detection
    if detection.status not in STATUS:
        raise PerceptionError(f"perception answered with the unknown status {detection.status}")
    return Sighting(
        status=STATUS[detection.status],
        presence=detection.presence,
        candidates=[grasp_candidate(grasp, base) for grasp in detection.grasps],
        obstacles=transform_points(base, cloud_points(answer.obstacles)),
        target=transform_points(base, cloud_points(answer.target)),
        rejections=list(answer.rejections),
        message=detection.message,
    )
