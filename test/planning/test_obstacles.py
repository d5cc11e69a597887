import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lggd_ros.planning.obstacles import VoxelMap

clouds = arrays(float, st.tuples(st.integers(0, 40), st.just(3)), elements=st.floats(-0.5, 0.5))


@given(clouds)
def test_every_point_above_the_table_is_inside_a_voxel_and_every_voxel_below_a_point(points):
    voxels = VoxelMap.from_points(points, resolution=0.01, table_clearance=0.008)
    kept = points[points[:, 2] >= 0.008]
    for point in kept:
        assert (np.abs(voxels.centres - point).max(axis=1) <= 0.005 + 1e-9).any()
    for centre in voxels.centres:
        above = np.abs(kept[:, :2] - centre[:2]).max(axis=1) <= 0.005 + 1e-9
        assert above.any() and kept[above, 2].max() >= centre[2] - 0.005 - 1e-9 and centre[2] > 0


def test_a_point_stands_on_a_column():
    voxels = VoxelMap.from_points(np.array([[0.503, -0.017, 0.034]]), resolution=0.01, table_clearance=0.008)
    expected = [[0.505, -0.015, height] for height in (0.005, 0.015, 0.025, 0.035)]
    np.testing.assert_allclose(voxels.centres, expected)


def test_table_and_missing_points_are_left_out():
    points = np.array([[0.5, 0.0, 0.004], [np.nan, 0.0, 0.1]])
    assert VoxelMap.from_points(points, 0.01, 0.008).octree() is None


def test_a_cylinder_clears_columns_about_the_approach_axis():
    voxels = VoxelMap.from_points(np.array([[0.5, 0.0, 0.05], [0.5, 0.1, 0.05]]), 0.01, 0.008)
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = 0.5, 0.0, 0.02
    assert (voxels.outside_cylinder(pose, 0.06).centres[:, 1] > 0.09).all()
    assert len(voxels.outside_cylinder(pose, 0.06).centres) == len(voxels.centres) / 2


def test_points_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\).*\(N, 3\)"):
        VoxelMap.from_points(np.zeros((4, 2)), 0.01, 0.008)
