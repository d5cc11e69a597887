"""What the camera sees of the robot itself is no obstacle."""

from __future__ import annotations

import coal
import numpy as np
import pinocchio as pin
from scipy.spatial import ConvexHull

from lggd_ros.planning.robot_model import RobotModel


class SelfFilter:
    """Tells points on the robot, ``margin`` metres around its convex shapes, from the scene's."""

    def __init__(self, robot: RobotModel, margin: float = 0.01) -> None:
        self._robot, self._margin = robot, margin
        self._faces = [_faces(shape.geometry) for shape in robot.shapes.geometryObjects]
        self._state = robot.shapes.createData()

    def without_robot(self, points: np.ndarray, joints: np.ndarray) -> np.ndarray:
        """The points (M, 3) of (N, 3), base frame, that are not on the arm at joints (7,), its fingers wide open."""
        pin.updateGeometryPlacements(self._robot.model, self._robot.data, self._robot.shapes, self._state, joints)
        free = np.ones(len(points), bool)
        for placement, faces in zip(self._state.oMg, self._faces, strict=True):
            local = (points[free] - placement.translation) @ placement.rotation
            free[free] = (local @ faces[:, :3].T + faces[:, 3] > self._margin).any(axis=1)
        return points[free]


def _faces(geometry: coal.CollisionGeometry) -> np.ndarray:
    """Planes (F, 4) of a convex shape: outward normal and negated distance from its origin."""
    if isinstance(geometry, coal.Box):
        signs = np.stack(np.meshgrid(*[[-1, 1]] * 3), axis=-1).reshape(-1, 3)
        return np.unique(ConvexHull(signs * geometry.halfSide).equations.round(9), axis=0)
    return ConvexHull(np.array([geometry.point(i) for i in range(geometry.num_points)])).equations
