"""The frame in which grasps are told and the one in which the arm is planned for must be the same."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time

from lggd_ros.execution.interfaces import CancelToken
from lggd_ros.robot.transforms import Transforms

ROBOT_BASE = "fr3_link0"  # of the model that plans are made with
TOLERANCE = 1e-3  # metres, and components of the rotation
TRANSFORM_TIMEOUT = 10.0  # seconds: an executor that has just started may not have heard of any


def check_base(transforms: Transforms, base_frame: str, cancel: CancelToken) -> None:
    """Raises ValueError where ``base_frame`` is not where the robot's base is, TransformError, Cancelled."""
    pose = transforms.lookup(base_frame, ROBOT_BASE, Time(), TRANSFORM_TIMEOUT, cancel)
    if not np.allclose(pose, np.eye(4), atol=TOLERANCE):
        x, y, z = pose[:3, 3]
        raise ValueError(
            f"the robot's base, {ROBOT_BASE}, is at ({x:.3f}, {y:.3f}, {z:.3f}) m in base_frame '{base_frame}', or "
            f"turned there; set base_frame to one that it is the origin of, such as {ROBOT_BASE}"
        )
