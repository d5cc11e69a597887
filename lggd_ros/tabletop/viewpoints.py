"""From where a camera looks at the table: image right is base -y, image down is base -x, as from behind the robot."""

from __future__ import annotations

import numpy as np

DISTANCE = (0.42, 0.70)  # of the eye from the table's middle (m)
TILTS = (np.deg2rad(18), np.deg2rad(40))  # largest angles from the vertical: from above, and oblique
OBLIQUE_SHARE = 0.35


def draw_camera_pose(rng: np.random.Generator) -> np.ndarray:
    """A viewpoint of the wrist camera (optical to base, 4x4), from above or oblique, from any side.

    Image right is about base -y, image down about base -x.
    """
    centre = np.array([0.5, 0.0, 0.02]) + [*rng.uniform(-0.04, 0.04, 2), 0.0]
    above, slant = TILTS
    tilt = rng.uniform(above, slant) if rng.random() < OBLIQUE_SHARE else rng.uniform(0, above)
    side, yaw = rng.uniform(0, 2 * np.pi), rng.uniform(-1, 1) * np.deg2rad(20)
    towards = np.array([np.sin(tilt) * np.cos(side), np.sin(tilt) * np.sin(side), np.cos(tilt)])
    return look_at(centre + rng.uniform(*DISTANCE) * towards, centre, yaw)


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
