import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggd_ros.grasps.camera import PinholeCamera, depth_in_metres

CAMERA = PinholeCamera(615, 610, 319.5, 239.5, 640, 480)


@given(st.floats(0, 639), st.floats(0, 479), st.floats(0.1, 5))
def test_deproject_and_project_are_inverse(u, v, depth):
    assert np.allclose(CAMERA.project(CAMERA.deproject(np.array([u, v]), np.array(depth))), [u, v], atol=1e-6)


def test_the_principal_point_lies_on_the_optical_axis():
    assert np.allclose(CAMERA.deproject(np.array([319.5, 239.5]), np.array(2.0)), [0, 0, 2])


def test_millimetres_and_metres_agree_and_no_return_is_zero():
    millimetres = np.array([[0, 1234]], np.uint16)
    metres = np.array([[np.nan, 1.234]], np.float32)
    assert np.allclose(depth_in_metres(millimetres), depth_in_metres(metres))
    assert depth_in_metres(metres)[0, 0] == 0


def test_pixels_without_return_have_no_point():
    depth = np.zeros((480, 640))
    depth[10, 20] = 1.0
    cloud = CAMERA.point_cloud(depth)
    assert np.isfinite(cloud).all(axis=-1).sum() == 1


def test_depth_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(ValueError, match="320x240.*640x480"):
        CAMERA.point_cloud(np.ones((240, 320)))


@pytest.mark.parametrize("bad", [{"fx": 0}, {"fy": -1}, {"width": 0}])
def test_impossible_cameras_are_refused(bad):
    values = {"fx": 600, "fy": 600, "cx": 320, "cy": 240, "width": 640, "height": 480}
    with pytest.raises(ValueError, match="camera"):
        PinholeCamera(**(values | bad))


def test_integer_depth_of_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="uint8"):
        depth_in_metres(np.zeros((4, 4), np.uint8))
