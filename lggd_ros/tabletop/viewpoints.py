"""From where a camera looks at the table: image right is base -y, image down is base -x, as from behind the robot."""

from __future__ import annotations

import numpy as np


def draw_camera_pose(rng: np.random.Generator) -> np.ndarray:
    """A viewpoint near the observe pose (optical to base, 4x4): image right is base -y, image down is base -x."""
    height, yaw = rng.uniform(0.42, 0.70), rng.uniform(-1, 1) * np.deg2rad(20)
    centre = np.array([0.5, 0.0, 0.02]) + [*rng.uniform(-0.03, 0.03, 2), 0.0]
    shift, tilt = rng.uniform(-0.08, 0.08, 2), np.tan(np.deg2rad(25))
    lean = rng.uniform(-1, 1, 2) * tilt * height * 0.5 + shift * 0.5
    eye = np.array([*(centre[:2] + lean), height])
    return look_at(eye, centre, yaw)


def look_at(eye: np.ndarray, point: np.ndarray, yaw: float = 0.0) -> np.ndarray:
    """Optical-to-base pose (4, 4) at ``eye`` looking down at ``point``; at yaw 0 the top of the image is base +x."""
    z = (point - eye) / np.linalg.norm(point - eye)
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    y = np.cross(z, right)
    y /= np.linalg.norm(y)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(y, z), y, z], axis=1)
    pose[:3, 3] = eye
    return pose
