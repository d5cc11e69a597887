"""A detector that is never wrong, to tell what perception costs from what planning and physics cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lggd_ros.detector import ABSENT, FOUND, Detection
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.simulation.mount import CAMERA
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.labels import Grasp3D

TRUE = "none, true detections"  # in place of a checkpoint's name
APART = 15.0  # pixels between grasps that are worth trying one after the other


class TrueDetector:
    """``GraspDetector``'s ``detect`` by the simulator's own knowledge: the target's visible pixels, and the grasps that
    its labels give it, wherever it has been moved to since. It goes by the scene's instruction, whatever it is told."""

    def __init__(self, world: RobotWorld):
        self._world = world
        names = [thing.model.name for thing in world.scene.objects]
        self._number = 1 + names.index(world.scene.target)
        self._target = world.scene.objects[self._number - 1]

    def detect(self, image: np.ndarray, text: str, depth: np.ndarray | None = None, top_k: int = 5) -> Detection:
        """What a perfect network would say of this moment; ``image`` is what the camera sees now."""
        mask = self._world.render_camera().instances == self._number
        if not mask.any():
            return Detection(text, ABSENT, 0.0, mask)
        return Detection(text, FOUND, 1.0, mask, _spread(self._grasps(), top_k))

    def _grasps(self) -> list[PlanarGrasp]:
        thing = self._target
        motion = self._world.object_poses()[thing.model.name] @ np.linalg.inv(thing.pose)
        return [moved(grasp, motion).in_image(CAMERA, self._world.camera_pose) for grasp in thing.grasps]


def moved(grasp: Grasp3D, motion: np.ndarray) -> Grasp3D:
    """The grasp after a rigid motion (4, 4) of its thing in the base frame."""
    surface = motion @ [*grasp.pose[:2, 3], grasp.surface, 1.0]
    return replace(grasp, pose=motion @ grasp.pose, surface=float(surface[2]))


def _spread(grasps: list[PlanarGrasp], count: int) -> list[PlanarGrasp]:
    """The best, apart from each other."""
    chosen: list[PlanarGrasp] = []
    for grasp in sorted(grasps, key=lambda grasp: -grasp.quality):
        if len(chosen) < count and all(np.hypot(grasp.x - g.x, grasp.y - g.y) > APART for g in chosen):
            chosen.append(grasp)
    return chosen
