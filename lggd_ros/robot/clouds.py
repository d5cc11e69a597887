"""Points (N, 3) <-> sensor_msgs/PointCloud2 with float32 x, y, z."""

from __future__ import annotations

import sys

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

POINT_BYTES = 12


def cloud_message(points: np.ndarray, header: Header) -> PointCloud2:
    """Points (N, 3) in metres -> an unordered cloud."""
    cloud = PointCloud2(header=header, height=1, width=len(points), is_dense=True)
    cloud.fields = [PointField(name=n, offset=4 * i, datatype=PointField.FLOAT32, count=1) for i, n in enumerate("xyz")]
    cloud.is_bigendian = sys.byteorder == "big"
    cloud.point_step, cloud.row_step = POINT_BYTES, POINT_BYTES * len(points)
    cloud.data.frombytes(np.ascontiguousarray(points, np.float32).tobytes())
    return cloud


def cloud_points(cloud: PointCloud2) -> np.ndarray:
    """The finite points (N, 3) of a cloud, metres. Raises ValueError without float32 fields x, y and z."""
    fields = {field.name: field for field in cloud.fields}
    if any(name not in fields or fields[name].datatype != PointField.FLOAT32 for name in "xyz"):
        raise ValueError(f"point cloud has fields {sorted(fields)}; expected float32 x, y and z")
    kind = np.dtype(np.float32).newbyteorder(">" if cloud.is_bigendian else "<")
    rows = np.frombuffer(cloud.data, np.uint8).reshape(-1, cloud.point_step)
    columns = [rows[:, fields[name].offset :][:, :4].copy().view(kind) for name in "xyz"]
    points = np.concatenate(columns, axis=1).astype(float)
    return points[np.isfinite(points).all(axis=-1)]
