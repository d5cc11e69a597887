import numpy as np
import pytest

from lggd_ros.simulation.mount import CAMERA, HAND_TO_CAMERA, OBSERVE_JOINTS
from lggd_ros.tabletop.layout import WORK_REGION


@pytest.fixture
def camera_pose(world_with):
    world = world_with()
    np.testing.assert_allclose(world.joint_positions, OBSERVE_JOINTS, atol=1e-4)
    return world.camera_pose


def test_the_image_is_seen_as_from_behind_the_robot(camera_pose):
    right, down, forward = camera_pose[:3, :3].T
    np.testing.assert_allclose(right, [0, -1, 0], atol=1e-3)
    np.testing.assert_allclose(down, [-1, 0, 0], atol=1e-3)
    np.testing.assert_allclose(forward, [0, 0, -1], atol=1e-3)
    np.testing.assert_allclose(camera_pose[:3, 3], [0.5, 0, 0.55], atol=1e-3)


def test_the_work_region_is_in_view_with_a_margin(camera_pose):
    (x0, x1), (y0, y1) = WORK_REGION
    corners = np.array([[x, y, z, 1] for x in (x0, x1) for y in (y0, y1) for z in (0.0, 0.06)])
    pixels = CAMERA.project((corners @ np.linalg.inv(camera_pose).T)[:, :3])
    assert (pixels > 20).all()
    assert (pixels < np.array([CAMERA.width, CAMERA.height]) - 20).all()


@pytest.mark.parametrize("opening", [0.0, 0.08])
def test_the_fingers_are_out_of_view(opening):
    depths = np.linspace(0.06, 0.1124, 20)
    fingers = np.array([[x, y, z, 1] for x in (-0.011, 0.011) for y in (-opening / 2, opening / 2) for z in depths])
    seen = (fingers @ np.linalg.inv(HAND_TO_CAMERA).T)[:, :3]
    pixels = CAMERA.project(seen[seen[:, 2] > 0])
    assert (pixels[:, 1] > CAMERA.height).all()
