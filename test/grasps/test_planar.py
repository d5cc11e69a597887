import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggd_ros.grasps.metrics import angle_difference
from lggd_ros.grasps.planar import PlanarGrasp, wrap_angle

grasps = st.builds(
    PlanarGrasp,
    x=st.floats(0, 640),
    y=st.floats(0, 480),
    angle=st.floats(-10, 10),
    width=st.floats(5, 150),
    height=st.floats(5, 60),
)


@given(grasps)
def test_corners_and_back(grasp):
    read = PlanarGrasp.from_corners(grasp.corners())
    assert np.allclose(
        [read.x, read.y, read.width, read.height], [grasp.x, grasp.y, grasp.width, grasp.height], atol=1e-6
    )
    assert angle_difference(read.angle, grasp.angle) < 1e-6


@given(grasps)
def test_corner_distances_are_opening_and_jaw(grasp):
    p1, p2, _, p4 = grasp.corners()
    assert np.hypot(*(p4 - p1)) == pytest.approx(grasp.width)
    assert np.hypot(*(p2 - p1)) == pytest.approx(grasp.height)


@given(st.floats(-20, 20))
def test_wrap_angle_keeps_the_direction_modulo_pi(angle):
    wrapped = wrap_angle(angle)
    assert -np.pi / 2 <= wrapped <= np.pi / 2
    assert np.isclose(np.cos(2 * wrapped), np.cos(2 * angle), atol=1e-9)


@given(grasps, st.floats(0.2, 4), st.floats(-50, 50), st.floats(-50, 50))
def test_uniform_scaling_moves_the_corners_alike(grasp, scale, dx, dy):
    moved = grasp.scaled(scale, scale, dx, dy).corners()
    expected = grasp.corners() * scale + (dx, dy)
    turned = expected[[2, 3, 0, 1]]
    assert np.allclose(moved, expected, atol=1e-6) or np.allclose(moved, turned, atol=1e-6)


def test_corners_of_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(3, 2\)"):
        PlanarGrasp.from_corners(np.zeros((3, 2)))
