from itertools import count

import numpy as np
import pytest

from lggd_ros.planning.search import RESOLUTION, find_path, straight_segment

LIMITS = (np.full(7, -2.0), np.full(7, 2.0))
START, GOAL = np.full(7, -1.0), np.full(7, 1.0)


def never():
    return False


def beside_the_gate(joints):
    """A wall at joint 0 = 0 with a gate where joint 1 exceeds 1."""
    return bool(abs(joints[0]) > 0.2 or joints[1] > 1.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_path_goes_through_the_gate(seed):
    path = find_path(beside_the_gate, LIMITS, START, GOAL[None], seed, never)
    np.testing.assert_allclose(path[[0, -1]], [START, GOAL])
    for a, b in zip(path, path[1:], strict=False):
        assert all(beside_the_gate(joints) for joints in straight_segment(a, b))


def test_the_path_ends_at_one_of_the_goals():
    goals = np.array([GOAL, 0.9 * GOAL])
    path = find_path(beside_the_gate, LIMITS, START, goals, 1, never)
    assert min(np.linalg.norm(goals - path[-1], axis=1)) < 1e-9


def test_a_start_beyond_the_limits_may_leave():
    start = START.copy()
    start[3] = 2.05
    path = find_path(lambda joints: True, LIMITS, start, GOAL[None], 1, never)
    np.testing.assert_allclose(path[0], start)


def test_a_search_that_cannot_succeed_ends_when_told():
    questions = count()
    path = find_path(
        lambda joints: bool(abs(joints[0]) > 0.2), LIMITS, START, GOAL[None], 1, lambda: next(questions) > 50
    )
    assert path is None
    assert next(questions) < 100


def test_segments_are_spaced_as_densely_as_checked():
    segment = straight_segment(START, GOAL)
    np.testing.assert_allclose(segment[[0, -1]], [START, GOAL])
    assert np.linalg.norm(np.diff(segment, axis=0), axis=1).max() <= RESOLUTION + 1e-12
