"""Pictures of a RobotWorld: from the wrist camera, and for people. Each view belongs to the thread that made it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from lggd_ros.simulation.mount import CAMERA, HAND_TO_CAMERA
from lggd_ros.simulation.robot import ROBOT_GROUP
from lggd_ros.tabletop.rendering import Renderer
from lggd_ros.tabletop.sensor import sense_depth

HIDDEN_GROUP = 5


@dataclass(frozen=True)
class WorldState:
    """A moment of the world: simulated seconds and MuJoCo's generalised positions; all that it takes to draw it."""

    time: float
    qpos: np.ndarray


@dataclass(frozen=True)
class CameraImage:
    """What the wrist camera saw at ``time`` (simulated seconds).

    ``color`` (H, W, 3) uint8 RGB; ``depth`` (H, W) uint16 mm with the sensor's noise, 0 = no return; ``instances``
    (H, W) uint8, the truth: i for the scene's i-th object, counted from 1, else 0; ``pose`` (4, 4) optical -> base.
    """

    time: float
    color: np.ndarray
    depth: np.ndarray
    instances: np.ndarray
    pose: np.ndarray


class WristCamera:
    """The RGB-D camera on the hand of a model. The robot, which it never sees, is left out, and so is its shadow."""

    def __init__(self, model: mujoco.MjModel, objects: Sequence[str], seed: int):
        self._model = copy.copy(model)
        self._model.geom_group[model.geom_group == ROBOT_GROUP] = HIDDEN_GROUP
        self._data = mujoco.MjData(self._model)
        self._renderer = Renderer(self._model, CAMERA)
        self._instances = np.zeros(model.nbody, np.uint8)
        self._instances[[model.body(name).id for name in objects]] = np.arange(1, len(objects) + 1)
        self._rng = np.random.default_rng(seed)

    def render(self, state: WorldState) -> CameraImage:
        """The world in ``state`` as the sensor reports it."""
        _arrange(self._model, self._data, state)
        pose = body_pose(self._data, "hand") @ HAND_TO_CAMERA
        frame = self._renderer.capture(self._data, pose, shadows=True)
        depth = sense_depth(frame.depth, self._rng)
        return CameraImage(state.time, frame.color, depth, self._instances[frame.bodies], pose)


class Overview:
    """Robot and table from the side, for people: in a brighter light than the scene's own."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int):
        self._model, self._data = copy.copy(model), mujoco.MjData(model)
        self._model.vis.global_.offwidth, self._model.vis.global_.offheight = width, height
        self._model.vis.quality.shadowsize, self._model.vis.quality.offsamples = 1024, 0
        self._model.vis.headlight.ambient[:], self._model.vis.headlight.diffuse[:] = 0.3, 0.2
        self._renderer = mujoco.Renderer(self._model, height, width)
        self._camera = mujoco.MjvCamera()
        self._camera.lookat[:] = 0.36, 0.0, 0.28
        self._camera.distance, self._camera.azimuth, self._camera.elevation = 1.5, 140, -24

    def render(self, state: WorldState) -> np.ndarray:
        """Colour picture (height, width, 3)."""
        _arrange(self._model, self._data, state)
        self._renderer.update_scene(self._data, self._camera)
        return self._renderer.render()


def body_pose(data: mujoco.MjData, name: str) -> np.ndarray:
    """Pose (4, 4) of a body in the base frame."""
    body, pose = data.body(name), np.eye(4)
    pose[:3, :3], pose[:3, 3] = body.xmat.reshape(3, 3), body.xpos
    return pose


def _arrange(model: mujoco.MjModel, data: mujoco.MjData, state: WorldState) -> None:
    """Drawing needs the poses that follow from the positions, and nothing else of the physics."""
    data.qpos[:] = state.qpos
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    mujoco.mj_camlight(model, data)
