"""Pictures of a RobotWorld: the wrist camera and an overview for people. Each view belongs to the thread that made it."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from lggd_ros.simulation.mount import CAMERA, CAMERA_FRAME


@dataclass(frozen=True)
class WorldState:
    """A moment of the world: simulated seconds and MuJoCo's generalised positions; all that it takes to draw it."""

    time: float
    qpos: np.ndarray


@dataclass(frozen=True)
class CameraImage:
    """What the wrist camera saw at ``time`` (simulated seconds).

    ``colour`` (H, W, 3) uint8 RGB; ``depth`` (H, W) uint16 mm with the sensor's noise, 0 = no return; ``instances``
    (H, W) uint8, the truth: i for the scene's i-th object, counted from 1, else 0; ``pose`` (4, 4) optical -> base.
    """

    time: float
    colour: np.ndarray
    depth: np.ndarray
    instances: np.ndarray
    pose: np.ndarray


class Stage:
    """A copy of the world that only needs positions to be drawn."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int):
        self.model, self.data = model, mujoco.MjData(model)
        self.renderer = mujoco.Renderer(model, height, width)

    def set(self, state: WorldState, camera: str | mujoco.MjvCamera) -> None:
        """Place everything as in ``state``."""
        self.data.qpos[:] = state.qpos
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)
        self.renderer.update_scene(self.data, camera)


class Overview:
    """Robot and table from the side, for people."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int):
        self._stage = Stage(model, width, height)
        self._camera = mujoco.MjvCamera()
        self._camera.lookat[:] = 0.38, 0.0, 0.22
        self._camera.distance, self._camera.azimuth, self._camera.elevation = 1.65, 145, -22

    def render(self, state: WorldState) -> np.ndarray:
        """Colour picture (height, width, 3)."""
        self._stage.set(state, self._camera)
        return self._stage.renderer.render()
