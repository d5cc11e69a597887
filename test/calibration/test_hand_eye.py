"""Recovery of a known mount: exactly from exact views, and in the simulator at realistic noise."""

import numpy as np
import pytest
from board_world import BOARD, LENS, BoardWorld, transform
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lggd_ros.calibration.board import Board
from lggd_ros.calibration.closed_form import METHODS
from lggd_ros.calibration.hand_eye import View, _motions, calibrate

coordinates = st.floats(-1.0, 1.0)
vectors = st.tuples(coordinates, coordinates, coordinates)


def error(found, truth):
    """Millimetres and degrees."""
    between = np.linalg.inv(truth) @ found
    angle = np.degrees(Rotation.from_matrix(between[:3, :3]).magnitude())
    return 1000 * np.linalg.norm(between[:3, 3]), angle


def carriers(count=8, seed=0):
    rng = np.random.default_rng(seed)
    return np.array([transform(rng.normal(0, 0.5, 3), rng.normal(0, 0.2, 3)) for _ in range(count)])


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(turn=vectors, place=vectors, seed=st.integers(0, 100))
def test_every_closed_form_is_exact_on_exact_motions(method, turn, place, seed):
    camera, board, bearers = transform(turn, place), transform((0.3, 0.2, -1), (0.5, 0, 0)), carriers(seed=seed)
    seen = np.linalg.inv(bearers @ camera) @ board
    millimetres, degrees = error(METHODS[method](*_motions(bearers, seen)), camera)
    assert millimetres < 1e-5 and degrees < 1e-5


def collect(world, count=12):
    views = []
    for joints in world.poses(count):
        image, hand = world.look(joints)
        views.append(View(hand, *BOARD.detect(image)))
    return views


@pytest.fixture(scope="module", params=[True, False], ids=["eye in hand", "eye to hand"])
def simulated(request):
    world = BoardWorld(request.param)
    return world, collect(world), request.param


def test_the_mount_is_found_within_a_millimetre_in_rendered_images(simulated):
    world, views, eye_in_hand = simulated
    *closed, refined = calibrate(views, BOARD, LENS, eye_in_hand)
    millimetres, degrees = error(refined.camera, world.truth)
    assert millimetres < 1.0 and degrees < 0.2
    assert refined.trustworthy and refined.pixels <= min(solution.pixels for solution in closed)
    assert {solution.method for solution in closed} == set(METHODS)
    for solution in closed:
        assert error(solution.camera, world.truth)[0] < 5.0


def test_a_wrong_square_size_shows_in_the_residuals(simulated):
    _, views, eye_in_hand = simulated
    larger = Board(square=BOARD.square * 1.1, marker=BOARD.marker * 1.1)
    assert not calibrate(views, larger, LENS, eye_in_hand)[-1].trustworthy


def test_views_that_turn_about_one_axis_only_are_refused():
    hands = [transform((0, 0, angle), (0.1 * angle, 0, 0.5)) for angle in np.linspace(0, 1.5, 8)]
    views = [View(hand, np.arange(24), np.zeros((24, 2))) for hand in hands]
    with pytest.raises(ValueError, match="one axis only"):
        calibrate(views, BOARD, LENS, True)


def test_too_few_views_are_refused():
    with pytest.raises(ValueError, match="0 views are too few"):
        calibrate([], BOARD, LENS, True)


@pytest.mark.parametrize(("shape", "sentence"), [((2, 7), "2x7"), ((5, 7, 0.03, 0.04), "do not fit")])
def test_an_impossible_board_is_refused(shape, sentence):
    with pytest.raises(ValueError, match=sentence):
        Board(*shape)
