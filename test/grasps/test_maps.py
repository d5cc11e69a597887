import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggd_ros.grasps.maps import GraspMaps, decode, paint
from lggd_ros.grasps.metrics import angle_difference
from lggd_ros.grasps.planar import PlanarGrasp

SHAPE, SCALE = (96, 128), 64.0
ALL = np.ones(SHAPE, bool)


@given(st.floats(10, 117), st.floats(10, 85), st.floats(-1.5, 1.5), st.floats(10, 40))
def test_a_painted_grasp_is_decoded_again(x, y, angle, width):
    maps = paint([PlanarGrasp(x, y, angle, width, 8)], SHAPE, SCALE)
    (grasp,) = decode(maps, ALL, top_k=1, opening_scale=SCALE)
    assert abs(grasp.x - x) < 0.6 and abs(grasp.y - y) < 0.6
    assert angle_difference(grasp.angle, angle) < 1e-3
    assert grasp.width == pytest.approx(width, rel=1e-3)


def test_jaws_are_as_large_whatever_they_close_on():
    """A pad of 2 cm at 0.55 m, seen by a RealSense (focal length 615 of 640 pixels)."""
    for width in (6, 30):
        (grasp,) = decode(paint([PlanarGrasp(64, 48, 0.2, width, 8)], SHAPE, SCALE), ALL, top_k=1, opening_scale=SCALE)
        assert grasp.height == pytest.approx(0.02 * 615 / 0.55 * SHAPE[1] / 640, rel=0.02)


def test_the_better_grasp_comes_first_and_each_keeps_its_angle():
    weak = PlanarGrasp(30, 40, 0.3, 20, 8, quality=0.6)
    strong = PlanarGrasp(90, 40, -0.7, 30, 8, quality=0.9)
    first, second = decode(paint([weak, strong], SHAPE, SCALE), ALL, top_k=2, opening_scale=SCALE)
    assert angle_difference(first.angle, -0.7) < 1e-3 and angle_difference(second.angle, 0.3) < 1e-3
    assert first.quality > second.quality


def test_grasps_outside_the_mask_do_not_exist():
    maps = paint([PlanarGrasp(30, 40, 0.3, 20, 8)], SHAPE, SCALE)
    mask = np.zeros(SHAPE, bool)
    mask[:, 80:] = True
    assert all(grasp.x >= 80 for grasp in decode(maps, mask, top_k=5, opening_scale=SCALE))


def test_peaks_closer_than_the_distance_are_one():
    pair = [PlanarGrasp(60, 40, 0, 20, 8, 0.9), PlanarGrasp(61, 40, 0, 20, 8, 0.9)]
    assert len(decode(paint(pair, SHAPE, SCALE), ALL, top_k=5, opening_scale=SCALE, min_distance=4)) == 1


def test_a_plateau_holds_one_grasp_per_distance():
    level = np.ones(SHAPE, np.float32)
    mask = np.zeros(SHAPE, bool)
    mask[40:45, 20:41] = True
    grasps = decode(GraspMaps(level, 0 * level, level, level), mask, top_k=99, opening_scale=SCALE, min_distance=4)
    places = np.array([[grasp.x, grasp.y] for grasp in grasps])
    assert len(grasps) == 5 and np.diff(np.sort(places[:, 0])) == pytest.approx(5, abs=1)


def test_a_long_thing_is_offered_all_along_after_its_peaks():
    places = [(30 + 2 * step, 1 - abs(step - 8) / 40) for step in range(17)]
    stick = [PlanarGrasp(x, 40, np.pi / 2, 12, 8, quality) for x, quality in places]
    mask = np.zeros(SHAPE, bool)
    mask[37:44, 25:68] = True
    grasps = decode(paint([*stick, PlanarGrasp(110, 80, 0.3, 12, 8, 0.3)], SHAPE, SCALE), mask, 6, SCALE)
    assert [grasp.x for grasp in grasps][:1] == pytest.approx([46], abs=1)
    assert len(grasps) == 6 and np.ptp([grasp.x for grasp in grasps]) > 15
    qualities = [grasp.quality for grasp in grasps]
    assert qualities == sorted(qualities, reverse=True) and min(qualities) > 0.75 * max(qualities)
    assert np.diff(sorted(grasp.x for grasp in grasps)).min() > 3


def test_nothing_painted_nothing_found():
    assert decode(paint([], SHAPE, SCALE), ALL, top_k=5, opening_scale=SCALE) == []


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="agree"):
        decode(paint([], SHAPE, SCALE), np.ones((10, 10), bool), top_k=1, opening_scale=SCALE)


def test_of_two_equal_grasps_the_one_that_surely_is_on_the_thing_comes_first():
    one, other = (PlanarGrasp(x, 10.0, 0.0, 8.0, 3.0, 0.9) for x in (8.0, 30.0))
    maps = paint([one, other], (20, 40), 32.0)
    mask = np.full((20, 40), 0.9, np.float32)
    mask[:, :20] = 0.4
    answer = np.stack([mask, maps.quality, maps.sin2, maps.cos2, maps.width])
    best, second = decode(GraspMaps.of(answer), mask > 0.25, 2, 32.0)
    assert best.x == pytest.approx(30, abs=0.5) and second.x == pytest.approx(8, abs=0.5)
    assert best.quality > 2 * second.quality
