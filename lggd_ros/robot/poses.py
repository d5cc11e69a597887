"""geometry_msgs poses and transforms <-> 4x4 matrices."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion
from scipy.spatial.transform import Rotation

# Pose (4, 4) of a camera's body frame in its optical frame. REP-103: the body has x forward, y left, z up; the optical
# frame x right, y down, z forward.
OPTICAL_TO_BODY = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]])


def pose_matrix(pose: Pose) -> np.ndarray:
    """Pose -> (4, 4). Raises ValueError when its quaternion is not of unit length (zero if never filled in)."""
    q = np.array([pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w])
    if abs(np.linalg.norm(q) - 1) > 1e-2:
        raise ValueError(f"the pose's quaternion (x, y, z, w) = {tuple(q.round(3).tolist())} is not of unit length")
    position = [pose.position.x, pose.position.y, pose.position.z]
    return matrix(position, q)


def pose_message(pose: np.ndarray) -> Pose:
    """(4, 4) -> Pose."""
    x, y, z, w = Rotation.from_matrix(pose[:3, :3]).as_quat().tolist()
    px, py, pz = pose[:3, 3].tolist()
    return Pose(position=Point(x=px, y=py, z=pz), orientation=Quaternion(x=x, y=y, z=z, w=w))


def matrix(translation: np.ndarray | list[float], quaternion: np.ndarray | list[float]) -> np.ndarray:
    """Translation (3,) and quaternion (4,) as x, y, z, w -> (4, 4)."""
    result = np.eye(4)
    result[:3, :3] = Rotation.from_quat(quaternion).as_matrix()
    result[:3, 3] = translation
    return result
