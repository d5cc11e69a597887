import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.simulation.robot import TIMESTEP
from lggd_ros.simulation.trajectory import Outcome, SetPoint, Tolerances, TrajectoryFollower

REST = SetPoint.at_rest(np.zeros(7))


def run(follower):
    """Advance with a perfect arm until the end; the set points on the way."""
    path = []
    while follower.outcome is None:
        path.append(follower.advance(TIMESTEP, follower.set_point.positions))
    return path


def constant_speed(speed, seconds=2.0):
    """Straight through joint space with velocities, as in the middle of a long motion."""
    times = np.linspace(0, seconds, 21)
    positions = times[:, None] * np.ones(7) * speed
    return times, np.stack([positions, np.full_like(positions, speed), np.zeros_like(positions)], axis=1)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_passes_through_every_point(order):
    rng = np.random.default_rng(order)
    times = np.array([0.1, 0.4, 0.5, 1.0])
    derivatives = rng.uniform(-0.05, 0.05, (4, order, 7))
    follower = TrajectoryFollower(REST, times, derivatives, Tolerances(path=np.full(7, np.inf)))
    path = run(follower)
    assert follower.outcome is Outcome.SUCCEEDED
    for time, point in zip(times, derivatives, strict=True):
        np.testing.assert_allclose(path[round(time / TIMESTEP) - 1].positions, point[0], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(speed=st.floats(0.01, 2.3), moment=st.floats(0.05, 1.5))
def test_stops_on_its_path_within_limits(speed, moment):
    follower = TrajectoryFollower(REST, *constant_speed(speed))
    for _ in range(round(moment / TIMESTEP)):
        follower.advance(TIMESTEP, follower.set_point.positions)
    follower.stop()
    path = run(follower)
    assert follower.outcome is Outcome.CANCELLED
    assert len(path) * TIMESTEP <= 0.25 + 2 * TIMESTEP
    positions = np.array([point.positions for point in path])
    velocities = np.diff(positions, axis=0) / TIMESTEP
    accelerations = np.diff(velocities, axis=0) / TIMESTEP
    np.testing.assert_allclose(positions, positions[:, :1].repeat(7, axis=1))
    assert np.abs(velocities[-1]).max() < 0.02
    assert np.abs(accelerations).max() < 10.5
    assert np.abs(np.diff(accelerations, axis=0)).max() / TIMESTEP < 5000


def test_set_points_agree_with_their_derivatives_while_stopping():
    follower = TrajectoryFollower(REST, *constant_speed(1.0))
    for _ in range(100):
        follower.advance(TIMESTEP, follower.set_point.positions)
    follower.stop()
    path = run(follower)[:-2]
    velocities = np.gradient([point.velocities[0] for point in path], TIMESTEP)
    np.testing.assert_allclose(velocities[1:-1], [point.accelerations[0] for point in path][1:-1], atol=0.6)


def test_gives_up_where_it_stands_when_the_arm_is_held():
    follower = TrajectoryFollower(REST, *constant_speed(1.0))
    held = np.zeros(7)
    while follower.outcome is None:
        follower.advance(TIMESTEP, held)
    assert follower.outcome is Outcome.PATH_TOLERANCE_VIOLATED
    np.testing.assert_array_equal(follower.set_point.positions, held)


def test_a_missed_goal_is_reported_after_its_time():
    times, derivatives = np.array([0.5]), np.full((1, 1, 7), 0.05)
    follower = TrajectoryFollower(REST, times, derivatives, Tolerances(goal_time=0.2))
    steps = 0
    while follower.outcome is None:
        follower.advance(TIMESTEP, np.zeros(7))
        steps += 1
    assert follower.outcome is Outcome.GOAL_TOLERANCE_VIOLATED
    assert steps * TIMESTEP == pytest.approx(0.7, abs=0.01)
