import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lggd_ros.planning.robot_model import ARM_JOINTS, RobotModel
from lggd_ros.planning.timing import MotionLimits, densified, slowed, time_path

ROBOT = RobotModel()
LIMITS = MotionLimits(0.5 * ROBOT.velocity, 0.4 * ROBOT.acceleration, sample_time=0.01)
corners = arrays(float, st.tuples(st.integers(2, 5), st.just(7)), elements=st.floats(-1.5, 1.5))


def _assert_valid(trajectory, start, goal):
    assert trajectory.joint_names == ARM_JOINTS
    np.testing.assert_allclose(np.diff(trajectory.times), trajectory.times[1], atol=1e-9)
    np.testing.assert_allclose(trajectory.positions[[0, -1]], [start, goal], atol=1e-6)
    np.testing.assert_array_equal(trajectory.velocities[[0, -1]], 0.0)
    assert (np.abs(trajectory.velocities) <= LIMITS.velocity).all()
    assert (np.abs(trajectory.accelerations) <= LIMITS.acceleration).all()


@settings(max_examples=25, deadline=None)
@given(corners)
def test_trajectories_keep_the_limits_from_rest_to_rest(path):
    _assert_valid(time_path(densified(path, 0.25), LIMITS), path[0], path[-1])


@settings(max_examples=25, deadline=None)
@given(arrays(float, 7, elements=st.floats(-1e-2, 1e-2)))
def test_small_motions_are_timed_too(change):
    _assert_valid(time_path(np.array([np.zeros(7), change]), LIMITS), np.zeros(7), change)


def test_velocities_are_the_slopes_of_positions():
    path = np.array([np.zeros(7), np.linspace(0.2, 1.0, 7), np.linspace(1.0, -0.5, 7)])
    trajectory = time_path(densified(path, 0.25), LIMITS)
    slopes = np.gradient(trajectory.positions, trajectory.times, axis=0)
    np.testing.assert_allclose(trajectory.velocities[2:-2], slopes[2:-2], atol=0.03)


def test_a_motion_uses_what_the_limits_allow():
    trajectory = time_path(densified(np.array([np.zeros(7), np.full(7, 1.5)]), 0.25), LIMITS)
    assert (np.abs(trajectory.velocities) / LIMITS.velocity).max() > 0.8


def test_slowing_scales_all_derivatives():
    trajectory = time_path(np.array([np.zeros(7), np.full(7, 0.5)]), LIMITS)
    slow = slowed(trajectory, 2.0)
    assert slow.duration == 2 * trajectory.duration
    np.testing.assert_allclose(slow.velocities * 2, trajectory.velocities)
    np.testing.assert_allclose(slow.accelerations * 4, trajectory.accelerations)
