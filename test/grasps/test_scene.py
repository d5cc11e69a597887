import numpy as np

from lggd_ros.grasps.scene import MASK_MARGIN, scene_points, transform_points


def test_the_named_thing_and_missing_returns_leave_the_scene():
    v, u = np.mgrid[:60, :80].astype(float)
    cloud = np.stack([u * 0.01, v * 0.01, np.ones_like(u)], axis=-1)
    cloud[:, :10] = np.nan
    mask = np.zeros((60, 80), bool)
    mask[20:40, 40:60] = True
    points = scene_points(cloud, mask, voxel=0.005)
    grown = (20 + MASK_MARGIN - 1) ** 2
    assert len(points) == 60 * 70 - grown


def test_one_point_is_left_per_voxel():
    cloud = np.random.default_rng(0).uniform(0, 0.05, (50, 50, 3))
    points = scene_points(cloud, np.zeros((50, 50), bool), voxel=0.01)
    cells = np.floor(points / 0.01)
    assert len(np.unique(cells, axis=0)) == len(points) == 125


def test_transform_points_turns_then_shifts():
    quarter = np.array([[0, -1, 0, 1.0], [1, 0, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]])
    assert np.allclose(transform_points(quarter, np.array([[1.0, 0, 0]])), [[1, 3, 3]])
