"""CROG's metric with its errors, each shown against the correct one."""

import cv2
import numpy as np
import pytest

from lggd_ros.grasps.legacy import legacy_correct, legacy_iou
from lggd_ros.grasps.metrics import grasp_correct
from lggd_ros.grasps.planar import PlanarGrasp


def rectangle(x=100.0, y=100.0, angle=0.0, width=60.0, height=20.0):
    return PlanarGrasp(x, y, angle, width, height)


def straightforward_iou(a, b):
    """Rectangles of whole-pixel corners, pixels asked one by one, as CROG draws them."""
    corners = [
        cv2.boxPoints(((g.x, g.y), (min(g.width, 100), 20), np.rad2deg(g.angle))).astype(int).astype(np.float32)
        for g in (a, b)
    ]
    both = either = 0
    low, high = np.vstack(corners).min(axis=0).astype(int), np.vstack(corners).max(axis=0).astype(int)
    for x in range(max(low[0], 0), min(high[0], 479) + 1):
        for y in range(max(low[1], 0), min(high[1], 479) + 1):
            inside = [cv2.pointPolygonTest(polygon, (float(x), float(y)), False) >= 0 for polygon in corners]
            both, either = both + all(inside), either + any(inside)
    return both / either if either else 0.0


def test_agrees_with_asking_pixel_by_pixel():
    rng = np.random.default_rng(0)
    for _ in range(40):
        x, y = rng.uniform((0, 0), (500, 480))
        a = rectangle(x, y, rng.uniform(-1.5, 1.5), *rng.uniform(10, 150, 2))
        b = rectangle(*rng.normal((x, y), 12), a.angle + rng.uniform(-0.5, 0.5), *rng.uniform(10, 150, 2))
        assert legacy_iou(a, b) == pytest.approx(straightforward_iou(a, b))


def test_by_hand():
    """Borders count: 61 x 21 pixels each, 31 columns of them shared."""
    assert legacy_iou(rectangle(), rectangle(x=130)) == pytest.approx(31 / (61 + 61 - 31))


def test_mirrored_angles_are_accepted():
    mirrored, truth = (rectangle(angle=np.deg2rad(angle), width=40) for angle in (-45, 45))
    assert legacy_correct(mirrored, [truth]) and not grasp_correct(mirrored, [truth])


def test_a_turn_by_a_half_is_not_known():
    turned, truth = rectangle(angle=np.deg2rad(80)), rectangle(angle=np.deg2rad(-60))
    assert grasp_correct(rectangle(angle=np.deg2rad(-80)), [truth])
    assert legacy_correct(turned, [truth])  # by 80 - 60, not because 80 is 40 from -60
    assert not grasp_correct(turned, [truth])


def test_heights_do_not_matter():
    flat, tall = rectangle(height=4), rectangle(height=80)
    assert legacy_iou(flat, tall) == 1 and not grasp_correct(flat, [tall])


def test_widths_end_at_100():
    assert legacy_iou(rectangle(x=200, width=100), rectangle(x=200, width=380)) == 1


def test_the_right_quarter_of_the_image_is_not_seen():
    at = [rectangle(x=x) for x in (440, 520)]
    assert [legacy_correct(grasp, [grasp]) for grasp in at] == [True, False]
    assert all(grasp_correct(grasp, [grasp]) for grasp in at)
