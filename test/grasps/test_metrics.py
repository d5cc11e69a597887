import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.grasps.metrics import grasp_correct, j_at_n, mask_iou, rectangle_iou
from lggd_ros.grasps.planar import PlanarGrasp


def rectangle(x=100.0, y=100.0, angle=0.0, width=60.0, height=20.0):
    return PlanarGrasp(x, y, angle, width, height)


def test_shifted_rectangles_overlap_as_computed_by_hand():
    assert rectangle_iou(rectangle(), rectangle(x=130)) == pytest.approx(1 / 3, abs=1e-4)


def test_crossed_rectangles_overlap_as_computed_by_hand():
    crossed = rectangle_iou(rectangle(), rectangle(angle=np.pi / 2))
    assert crossed == pytest.approx(400 / (2 * 1200 - 400), abs=1e-4)


def test_distant_rectangles_do_not_overlap():
    assert rectangle_iou(rectangle(), rectangle(x=400)) == 0


@given(st.floats(-3, 3), st.floats(20, 600), st.floats(20, 400))
def test_iou_with_itself_is_one_at_any_angle_and_place(angle, x, y):
    assert rectangle_iou(rectangle(x, y, angle), rectangle(x, y, angle)) == pytest.approx(1, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, np.pi), st.floats(-40, 40), st.floats(-20, 20))
def test_iou_agrees_with_counting_pixels(angle, dx, dy):
    a, b = rectangle(), rectangle(100 + dx, 100 + dy, angle)
    points = np.stack(np.meshgrid(np.arange(20, 180, 0.251), np.arange(20, 180, 0.251)), axis=-1)
    inside_a, inside_b = _inside(a, points), _inside(b, points)
    counted = (inside_a & inside_b).sum() / (inside_a | inside_b).sum()
    assert rectangle_iou(a, b) == pytest.approx(counted, abs=0.02)


def _inside(grasp, points):
    offset = points - (grasp.x, grasp.y)
    across = np.array([-grasp.direction[1], grasp.direction[0]])
    return (abs(offset @ grasp.direction) <= grasp.width / 2) & (abs(offset @ across) <= grasp.height / 2)


def test_a_mirrored_angle_is_wrong():
    truth = [rectangle(angle=np.deg2rad(45))]
    assert not grasp_correct(rectangle(angle=np.deg2rad(-45)), truth)
    assert grasp_correct(rectangle(angle=np.deg2rad(45 + 180)), truth)


def test_j_at_n_looks_at_the_best_n_only():
    grasps, truth = [rectangle(x=300), rectangle()], [rectangle()]
    assert not j_at_n(grasps, truth, 1)
    assert j_at_n(grasps, truth, 2)


def test_mask_iou():
    a = np.zeros((4, 4), bool)
    a[:2] = True
    b = np.zeros((4, 4), bool)
    b[1:3] = True
    assert mask_iou(a, b) == pytest.approx(1 / 3)
    assert mask_iou(np.zeros_like(a), np.zeros_like(a)) == 1
