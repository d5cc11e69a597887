"""How high things reach: a height map of the whole scene, and the lowest point of every thing."""

from __future__ import annotations

import mujoco
import numpy as np

from lggd_ros.tabletop.layout import WORK_REGION
from lggd_ros.tabletop.objects import SOLID_GROUP

_SOLID = np.array([group == SOLID_GROUP for group in range(6)], np.uint8)


class HeightMap:
    """What lies on top at every point of the table: ``heights`` (m), ``geoms`` and ``bodies`` (ids; body 0 = table).

    Cells of 4 mm; rows run along base x, columns along base y.
    """

    CELL = 0.004
    MARGIN = 0.14
    EYE = 100.0  # so far above that all rays are vertical to within 0.3 mm on the things

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self.origin = np.array([low - self.MARGIN for low, _ in WORK_REGION])
        self.shape = tuple(round((high - low + 2 * self.MARGIN) / self.CELL) for low, high in WORK_REGION)
        cells = np.argwhere(np.ones(self.shape, bool))
        ground = np.column_stack([cells * self.CELL + self.origin, np.zeros(len(cells))])
        eye = np.array([*ground[:, :2].mean(axis=0), self.EYE])
        rays = ground - eye
        geoms, fractions = np.full(len(rays), -1, np.int32), np.empty(len(rays))
        mujoco.mj_multiRay(
            model, data, eye, rays.ravel(), _SOLID, True, -1, geoms, fractions, None, len(rays), mujoco.mjMAXVAL
        )
        self.heights = (eye[2] * (1 - fractions)).clip(min=0).reshape(self.shape)
        self.geoms = geoms.reshape(self.shape)
        self.bodies = model.geom_bodyid[self.geoms]

    def cell(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of points (..., 2), clipped to the map."""
        index = ((np.asarray(points) - self.origin) / self.CELL + 0.5).astype(int)
        index = np.minimum(np.maximum(index, 0), np.array(self.shape) - 1)
        return index[..., 0], index[..., 1]

    def cells_of(self, body: int) -> np.ndarray:
        """Centres (N, 2) of the cells where ``body`` is on top."""
        return np.argwhere(self.bodies == body) * self.CELL + self.origin

    def geoms_of(self, body: int) -> np.ndarray:
        """The geoms (N,) that show in ``cells_of``."""
        return self.geoms[self.bodies == body]


def lowest_points(model: mujoco.MjModel, data: mujoco.MjData) -> np.ndarray:
    """Height of the lowest solid point of every body (m)."""
    down, size = np.abs(data.geom_xmat.reshape(-1, 3, 3)[:, 2]), model.geom_size
    round_side = size[:, 0] * np.hypot(down[:, 0], down[:, 1])
    reach = {
        mujoco.mjtGeom.mjGEOM_BOX: (down * size).sum(axis=1),
        mujoco.mjtGeom.mjGEOM_ELLIPSOID: np.linalg.norm(down * size, axis=1),
        mujoco.mjtGeom.mjGEOM_CYLINDER: round_side + size[:, 1] * down[:, 2],
        mujoco.mjtGeom.mjGEOM_CAPSULE: size[:, 0] + size[:, 1] * down[:, 2],
    }
    lowest = np.full(model.nbody, np.inf)
    for kind, half_height in reach.items():
        mine = (model.geom_type == kind) & (model.geom_group == SOLID_GROUP)
        np.minimum.at(lowest, model.geom_bodyid[mine], (data.geom_xpos[:, 2] - half_height)[mine])
    return lowest
