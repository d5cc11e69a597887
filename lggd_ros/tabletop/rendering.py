"""What a camera at a given pose sees of a MuJoCo model: colour, depth and which body each pixel shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import mujoco
import numpy as np
from mujoco.egl import GLContext

from lggd_ros.grasps.camera import D435, PinholeCamera

CAMERA = D435
NEAR, FAR = 0.02, 6.0
SHADOW_MAP = 1024


@dataclass(frozen=True)
class Frame:
    """``color`` (H, W, 3) uint8; ``depth`` (H, W) float32 metres along the optical axis, 0 where nothing is;
    ``bodies`` (H, W) MuJoCo body ids, 0 where nothing or something fixed to the world is.
    """

    color: np.ndarray
    depth: np.ndarray
    bodies: np.ndarray


class Renderer:
    """Renders one model off screen, with EGL: no display is needed."""

    def __init__(self, model: mujoco.MjModel, camera: PinholeCamera = CAMERA) -> None:
        """Upload the model's textures; ``camera`` gives image size and intrinsics."""
        model.vis.quality.shadowsize, model.vis.quality.offsamples = SHADOW_MAP, 0
        model.vis.global_.offwidth, model.vis.global_.offheight = camera.width, camera.height
        self._model, self._pinhole = model, camera
        _gl_context(camera.width, camera.height).make_current()
        self._scene = mujoco.MjvScene(model, maxgeom=2000)
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._view = mujoco.MjrRect(0, 0, camera.width, camera.height)

    def capture(self, data: mujoco.MjData, camera_pose: np.ndarray, shadows: bool = False) -> Frame:
        """The view from ``camera_pose`` (optical to world, 4x4) at the positions in ``data``."""
        free = mujoco.MjvCamera()
        everything = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self._model, data, mujoco.MjvOption(), None, free, everything, self._scene)
        self._aim(camera_pose)
        color, _ = self._draw(shadows=shadows)
        ids, raw = self._draw(segments=True)
        return Frame(color, _metres(raw), self._bodies(ids))

    def _aim(self, camera_pose: np.ndarray) -> None:
        lens = self._pinhole
        for eye in self._scene.camera:
            eye.pos, eye.forward, eye.up = camera_pose[:3, 3], camera_pose[:3, 2], -camera_pose[:3, 1]
            eye.frustum_near, eye.frustum_far = NEAR, FAR
            eye.frustum_width = NEAR * lens.width / 2 / lens.fx
            eye.frustum_center = NEAR * ((lens.width - 1) / 2 - lens.cx) / lens.fx
            eye.frustum_top = NEAR * (lens.cy + 0.5) / lens.fy
            eye.frustum_bottom = -NEAR * (lens.height - 0.5 - lens.cy) / lens.fy

    def _draw(self, shadows: bool = False, segments: bool = False) -> tuple[np.ndarray, np.ndarray]:
        flags, flag = self._scene.flags, mujoco.mjtRndFlag
        flags[flag.mjRND_SHADOW] = shadows
        flags[flag.mjRND_SEGMENT] = flags[flag.mjRND_IDCOLOR] = segments
        flags[flag.mjRND_REFLECTION] = False
        color = np.empty((self._pinhole.height, self._pinhole.width, 3), np.uint8)
        depth = np.empty(color.shape[:2], np.float32)
        _gl_context(self._pinhole.width, self._pinhole.height).make_current()
        mujoco.mjr_render(self._view, self._scene, self._context)
        mujoco.mjr_readPixels(color, depth if segments else None, self._view, self._context)
        return color[::-1], depth[::-1]

    def _bodies(self, color: np.ndarray) -> np.ndarray:
        body_of = np.zeros(self._scene.ngeom + 1, np.int32)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            if geom.objtype == mujoco.mjtObj.mjOBJ_GEOM and geom.segid >= 0:
                body_of[geom.segid + 1] = self._model.geom_bodyid[geom.objid]
        red, green, blue = (color[..., channel].astype(np.int32) for channel in range(3))
        return body_of[red + (green << 8) + (blue << 16)]


@cache
def _gl_context(width: int, height: int) -> GLContext:
    """One context per process and image size: making one takes longer than drawing a picture."""
    return GLContext(width, height)


def _metres(raw: np.ndarray) -> np.ndarray:
    """Reversed depth buffer (1 = near plane, 0 = far plane) -> metres along the optical axis."""
    depth = NEAR * FAR / (raw.astype(np.float64) * (FAR - NEAR) + NEAR)
    return np.where(raw > 0, depth, 0).astype(np.float32)
