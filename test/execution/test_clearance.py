"""What a hand reaches at a grasp, which may be the thing's, and what it must keep away from."""

import numpy as np
import pytest

from lggd_ros.execution.clearance import reached

DOWN, FORWARDS = np.diag([1.0, -1.0, -1.0]), np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])


def at(rotation, place):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, place
    return pose


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.5, 0.0, 0.07), True),  # between the fingers
        ((0.5, 0.09, 0.08), True),  # the far rim of a mug, under the palm
        ((0.5, 0.0, 0.0), True),
        ((0.55, 0.0, 0.05), False),  # beside the hand
        ((0.5, 0.09, 0.16), False),  # something as high as the palm
    ],
)
def test_from_above_all_that_is_under_the_palm_is_reached(point, expected):
    assert reached(np.array([point]), at(DOWN, (0.5, 0.0, 0.06))).tolist() == [expected]


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.52, 0.0, 0.1), True),
        ((0.52, 0.0, 0.25), True),  # the neck of the bottle that is held at its body
        ((0.52, 0.0, 0.05), False),  # what is lower than the hand
        ((0.44, 0.0, 0.25), False),  # above the palm itself
        ((0.7, 0.0, 0.1), False),  # far behind the thing
    ],
)
def test_from_the_side_what_stands_on_it_is_reached_too(point, expected):
    assert reached(np.array([point]), at(FORWARDS, (0.5, 0.0, 0.1))).tolist() == [expected]


def test_nothing_is_reached_where_nothing_is_seen():
    assert reached(np.empty((0, 3)), at(DOWN, (0.5, 0.0, 0.06))).shape == (0,)
