import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.planar import PlanarGrasp

sizes = st.tuples(st.integers(20, 1500), st.integers(20, 1500))


@given(sizes, st.floats(0, 1), st.floats(0, 1), st.sampled_from([1, 2, 4]))
def test_grasps_return_to_where_they_came_from(size, x, y, stride):
    box = Letterbox(size, (192, 256))
    grasp = PlanarGrasp(x * size[1], y * size[0], 0.4, 50, 20)
    back = box.grasp_to_image(box.grasp_to_map(grasp, stride), stride)
    assert [back.x, back.y, back.width, back.angle] == pytest.approx([grasp.x, grasp.y, 50, 0.4], abs=1e-6)


@given(sizes)
def test_any_size_fits_and_is_not_squashed(size):
    box = Letterbox(size, (192, 256))
    assert box.apply(np.zeros((*size, 3), np.uint8)).shape == (192, 256, 3)
    assert box.size[0] <= 192 and box.size[1] <= 256
    assert 192 in box.size or 256 in box.size


@pytest.mark.parametrize("size", [(480, 640), (720, 1280), (640, 480), (100, 100)])
def test_a_marked_square_is_found_again_after_the_way_there_and_back(size):
    height, width = size
    image = np.zeros(size, np.float32)
    image[height // 4 : height // 2, width // 2 : width * 3 // 4] = 1
    box = Letterbox(size, (192, 256))
    back = box.restore(box.apply(image, pad=0)) > 0.5
    overlap = (back & (image > 0.5)).sum() / (back | (image > 0.5)).sum()
    assert overlap > 0.95


@given(sizes, st.sampled_from([1, 2, 4]))
@settings(max_examples=25, deadline=None)
def test_restored_pixels_are_interpolated_where_grasps_say_they_lie(size, stride):
    box = Letterbox(size, (192, 256))
    rows, columns = np.mgrid[: 192 // stride, : 256 // stride].astype(np.float32)
    for x, y in ((size[1] // 2, size[0] // 3), (size[1] // 4, size[0] // 2)):
        there = box.grasp_to_map(PlanarGrasp(x, y, 0, 10, 5), stride)
        assert (box.restore(columns)[y, x], box.restore(rows)[y, x]) == pytest.approx((there.x, there.y), abs=0.02)


def test_a_peak_in_the_map_lands_on_the_same_spot_of_the_image():
    box = Letterbox((480, 640), (192, 256))
    image = np.zeros((480, 640), np.float32)
    image[200:240, 300:340] = 1
    rows, columns = np.nonzero(box.apply(image, pad=0) > 0.5)
    back = box.grasp_to_image(PlanarGrasp(columns.mean(), rows.mean(), 0, 10, 5), 1)
    assert (back.x, back.y) == pytest.approx((319.5, 219.5), abs=1.0)
