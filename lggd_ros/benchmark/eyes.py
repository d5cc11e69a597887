"""The wrist camera of the in-process simulator with the real detector behind it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lggd_ros.detector import Detection
from lggd_ros.execution.interfaces import CancelToken, GraspCandidate, Sighting
from lggd_ros.grasps.camera import depth_in_metres
from lggd_ros.grasps.scene import scene_points, target_points, transform_points
from lggd_ros.simulation.mount import CAMERA
from lggd_ros.simulation.world import RobotWorld


class Detector(Protocol):
    """What is asked of a ``GraspDetector``, or of what stands in for one."""

    def detect(self, image: np.ndarray, text: str, depth: np.ndarray | None) -> Detection:
        """As ``GraspDetector.detect``."""


class SimulatedEyes:
    """``execution.interfaces.Eyes`` without ROS. ``image`` and ``detection`` keep the last look."""

    def __init__(self, world: RobotWorld, detector: Detector):
        self._world, self._detector = world, detector
        self.image: np.ndarray | None = None
        self.detection: Detection | None = None

    def look(self, instruction: str, cancel: CancelToken) -> Sighting:
        """One look with the camera where it is."""
        cancel.raise_if_cancelled()
        view, camera_pose = self._world.render_camera(), self._world.camera_pose
        self.image = view.color
        self.detection = found = self._detector.detect(view.color, instruction, view.depth)
        lifted = found.lift(view.depth, CAMERA, up=camera_pose[2, :3])
        candidates = [
            GraspCandidate(camera_pose @ grasp.pose, grasp.opening, grasp.object_width, grasp.quality)
            for grasp in lifted.grasps
        ]
        cloud = CAMERA.point_cloud(depth_in_metres(view.depth))
        return Sighting(
            found.status,
            found.presence,
            candidates,
            obstacles=transform_points(camera_pose, scene_points(cloud, found.mask)),
            target=transform_points(camera_pose, target_points(cloud, found.mask)),
            rejections=lifted.rejections,
            message="; ".join([found.message, *lifted.rejections]),
        )

    def glance(self, cancel: CancelToken) -> np.ndarray:
        """Points (N, 3) of whatever is there now."""
        cancel.raise_if_cancelled()
        view = self._world.render_camera()
        cloud = CAMERA.point_cloud(depth_in_metres(view.depth))
        return transform_points(self._world.camera_pose, scene_points(cloud, np.zeros(cloud.shape[:2], bool)))

    def check(self) -> None:
        """This camera never falls silent."""
