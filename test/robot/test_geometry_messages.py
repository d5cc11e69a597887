"""Poses and point clouds survive the way into messages and back."""

import numpy as np
import pytest
from geometry_msgs.msg import Pose, Quaternion
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from lggd_ros.robot.clouds import cloud_message, cloud_points
from lggd_ros.robot.poses import pose_matrix, pose_message


@given(st.integers(0, 10_000))
def test_poses_round_trip(seed):
    rng = np.random.default_rng(seed)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.random(random_state=seed).as_matrix(), rng.uniform(-2, 2, 3)
    assert np.allclose(pose_matrix(pose_message(pose)), pose, atol=1e-9)


def test_a_quaternion_that_was_never_filled_in_is_refused():
    with pytest.raises(ValueError, match="not of unit length"):
        pose_matrix(Pose(orientation=Quaternion(w=0.0)))


@given(st.integers(0, 50))
def test_clouds_round_trip(count):
    points = np.random.default_rng(count).uniform(-1, 1, (count, 3)).astype(np.float32)
    assert np.array_equal(cloud_points(cloud_message(points, Header(frame_id="camera"))), points)


def test_clouds_of_other_layouts_are_read_by_their_fields():
    """As PCL writes them: padded, intensity in between, big-endian, with a NaN."""
    rows = np.array([[1, 2, 99, 3], [np.nan, 0, 99, 0]], ">f4")
    fields = {"x": 0, "y": 4, "z": 12}
    cloud = PointCloud2(width=2, height=1, point_step=16, row_step=32, is_bigendian=True)
    cloud.fields = [PointField(name=n, offset=o, datatype=PointField.FLOAT32, count=1) for n, o in fields.items()]
    cloud.data.frombytes(rows.tobytes())
    assert np.array_equal(cloud_points(cloud), [[1, 2, 3]])


def test_clouds_without_coordinates_are_refused():
    with pytest.raises(ValueError, match="expected float32 x, y and z"):
        cloud_points(PointCloud2())
