"""Simulated time, poses and pictures as ROS messages."""

from __future__ import annotations

from array import array

import mujoco
import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Transform, TransformStamped
from sensor_msgs.msg import Image
from std_msgs.msg import Header


def to_time(seconds: float) -> Time:
    """Simulated seconds as a stamp."""
    nanoseconds = round(seconds * 1e9)
    return Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)


def to_duration(seconds: float) -> Duration:
    """Seconds from 0 as a duration."""
    stamp = to_time(seconds)
    return Duration(sec=stamp.sec, nanosec=stamp.nanosec)


def to_seconds(time: Time | Duration) -> float:
    """Seconds of a stamp or a duration."""
    return time.sec + time.nanosec * 1e-9


def to_transform(pose: np.ndarray) -> Transform:
    """A pose (4, 4)."""
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, pose[:3, :3].ravel())
    transform = Transform()
    transform.translation.x, transform.translation.y, transform.translation.z = pose[:3, 3].tolist()
    transform.rotation.w, transform.rotation.x, transform.rotation.y, transform.rotation.z = quaternion.tolist()
    return transform


def to_transform_stamped(parent: str, child: str, pose: np.ndarray, stamp: Time) -> TransformStamped:
    """Pose (4, 4) of the frame ``child`` in the frame ``parent``."""
    header = Header(stamp=stamp, frame_id=parent)
    return TransformStamped(header=header, child_frame_id=child, transform=to_transform(pose))


def to_image(pixels: np.ndarray, encoding: str, header: Header) -> Image:
    """An image (H, W) or (H, W, C) of the given encoding."""
    height, width = pixels.shape[:2]
    data = array("B", np.ascontiguousarray(pixels).tobytes())
    return Image(header=header, height=height, width=width, encoding=encoding, step=len(data) // height, data=data)
