"""Relief: how far things rise above a table, whatever the camera."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.picture import picture
from lggd_ros.grasps.relief import TABLE, TOLERANCE, UNKNOWN, relief, table_plane

SIZE = (240, 320)
BLOCK = np.s_[80:140, 100:180]


def tilted_table(height, tilt, turn, focal):
    """Depth (240, 320) in metres of a plane seen under a tilt."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    rays = np.stack([(columns - 159.5) / focal, (rows - 119.5) / focal, np.ones(SIZE)], -1)
    normal = np.array([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)])
    return height / (rays @ normal)


cameras = st.tuples(st.floats(0.3, 1.2), st.floats(0, 0.7), st.floats(0, 6.3), st.floats(200, 600))


@settings(max_examples=40, deadline=None)
@given(cameras, st.floats(0.01, 0.15))
def test_what_stands_on_the_table_has_its_height_along_the_ray(camera, rise):
    metres = tilted_table(*camera)
    metres[BLOCK] -= rise
    levels, far = relief(metres).astype(float), metres.max()
    off = 2 if rise > TOLERANCE * far else 2 * max(far, 1)  # millimetres; what is lower seems to be table
    assert np.abs(levels[BLOCK] - TABLE - 1000 * rise).max() <= off
    levels[BLOCK] = TABLE
    assert np.abs(levels - TABLE).max() <= off


@settings(max_examples=20, deadline=None)
@given(cameras)
def test_the_table_is_found_between_things_and_holes(camera):
    metres, rng = tilted_table(*camera), np.random.default_rng(0)
    metres[rng.random(SIZE) < 0.2] *= 0.8
    metres[rng.random(SIZE) < 0.2] = 0
    plane, rows, columns = table_plane(metres), *np.mgrid[: SIZE[0], : SIZE[1]]
    found = plane[0] * columns + plane[1] * rows + plane[2]
    assert np.abs(found * tilted_table(*camera) - 1).max() < 0.01


def test_millimetres_are_metres():
    millimetres = np.full(SIZE, 800, np.uint16)
    millimetres[BLOCK] = 750
    assert np.array_equal(relief(millimetres), relief(millimetres / 1000))
    assert relief(millimetres)[100, 140] == TABLE + 50


def test_narrow_gaps_are_filled_and_wide_ones_stay_unknown():
    metres = np.full(SIZE, 0.8)
    metres[10:12, 10:12], metres[50:80, 50:80] = 0, np.nan
    levels = relief(metres)
    assert levels[10:12, 10:12].min() == TABLE and levels[65, 65] == UNKNOWN


@pytest.mark.parametrize("metres", [np.zeros(SIZE), np.full(SIZE, np.nan), np.zeros((3, 3))])
def test_without_depth_nothing_is_known(metres):
    assert np.array_equal(relief(metres), np.full(metres.shape, UNKNOWN))


def test_pictures_have_as_many_channels_as_the_network_sees():
    color, depth, box = np.full((*SIZE, 3), 200, np.uint8), np.full(SIZE, 0.8), Letterbox(SIZE, (96, 160))
    assert picture(color, depth, box, 3).shape == (96, 160, 3)
    assert picture(color, depth, box, 4)[48, 80].tolist() == [200, 200, 200, TABLE]
    assert picture(color, None, box, 4)[..., 3].max() == UNKNOWN
    assert picture(color, depth, box, 4)[48, 0].tolist() == [114, 114, 114, UNKNOWN]
