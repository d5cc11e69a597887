"""Eyes over ROS: asks perception's service, and carries its answer into the base frame at the image's stamp."""

from __future__ import annotations

import numpy as np
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from lggd_ros.execution.interfaces import CancelToken, PerceptionError, Sighting
from lggd_ros.grasps.scene import transform_points
from lggd_ros.robot.clouds import cloud_points
from lggd_ros.robot.grasps import grasp_candidate
from lggd_ros.robot.transforms import TransformError, Transforms
from lggd_ros.robot.waiting import wait_for, wait_until, within
from lggd_ros_msgs.msg import GraspDetection
from lggd_ros_msgs.srv import DetectGrasps

SERVICE = "perception/detect_grasps"
SERVER_TIMEOUT, TRANSFORM_TIMEOUT = 5.0, 2.0
REMEDY = "start the perception node, or activate it (ros2 lifecycle set /perception activate)"
STATUS = {GraspDetection.FOUND: "found", GraspDetection.ABSENT: "absent", GraspDetection.AMBIGUOUS: "ambiguous"}


class RosEyes:
    """``execution.interfaces.Eyes``; ``timeout`` seconds of wall clock are granted to one detection."""

    def __init__(self, node: Node, transforms: Transforms, base_frame: str, timeout: float):
        self._service = node.resolve_service_name(SERVICE)
        self._client = node.create_client(DetectGrasps, self._service, callback_group=ReentrantCallbackGroup())
        self._transforms, self._base_frame, self._timeout = transforms, base_frame, timeout

    def look(self, instruction: str, cancel: CancelToken) -> Sighting:
        """One look at the newest images, two where the first were taken before transforms were heard.

        Raises PerceptionError, Cancelled.
        """
        try:
            return self._look(instruction, cancel)
        except TransformError:
            return self._look(instruction, cancel)

    def _look(self, instruction: str, cancel: CancelToken) -> Sighting:
        answer = self._ask(instruction, cancel)
        if not answer.success:
            raise PerceptionError(answer.message)
        header = answer.detection.header
        base = self._transforms.lookup(self._base_frame, header.frame_id, header.stamp, TRANSFORM_TIMEOUT, cancel)
        return _sighting(answer, base)

    def _ask(self, instruction: str, cancel: CancelToken) -> DetectGrasps.Response:
        missing = PerceptionError(f"no service {self._service}; {REMEDY}")
        wait_until(self._client.service_is_ready, cancel, within(SERVER_TIMEOUT, missing))
        late = PerceptionError(f"{self._service} did not answer within {self._timeout:.0f} s")
        future = self._client.call_async(DetectGrasps.Request(instruction=instruction))
        try:
            return wait_for(future, cancel, within(self._timeout, late))
        finally:
            self._client.remove_pending_request(future)


def _sighting(answer: DetectGrasps.Response, base: np.ndarray) -> Sighting:
    detection = answer.detection
    if detection.status not in STATUS:
        raise PerceptionError(f"perception answered with the unknown status {detection.status}")
    return Sighting(
        status=STATUS[detection.status],
        presence=detection.presence,
        candidates=[grasp_candidate(grasp, base) for grasp in detection.grasps],
        obstacles=transform_points(base, cloud_points(answer.obstacles)),
        message=detection.message,
    )
