import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.planning.kinematics import flipped, follow_line, inverse, line_length, why_unreachable
from lggd_ros.planning.robot_model import READY, RobotModel
from lggd_ros.simulation.mount import OBSERVE_JOINTS

ROBOT = RobotModel()
unit = st.floats(0.0, 1.0)


@st.composite
def grasp_poses(draw):
    """Tool poses over the work region, tilted up to 30 degrees from top-down."""
    yaw, around, tilt = draw(st.floats(-np.pi, np.pi)), draw(st.floats(-np.pi, np.pi)), draw(st.floats(0.0, np.pi / 6))
    pose = np.eye(4)
    pose[:3, :3] = _turn(2, around) @ _turn(1, tilt) @ _turn(2, yaw) @ np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = draw(st.floats(0.35, 0.65)), draw(st.floats(-0.2, 0.2)), draw(st.floats(0.01, 0.2))
    return pose


def _turn(axis, angle):
    turn = np.eye(3)
    i, j = [k for k in range(3) if k != axis]
    turn[[i, i, j, j], [i, j, i, j]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
    return turn


@settings(max_examples=60, deadline=None)
@given(grasp_poses())
def test_every_solution_reaches_the_pose_within_limits(pose):
    solutions = inverse(ROBOT, pose)
    assert len(solutions) > 0
    assert ROBOT.within_limits(solutions).all()
    for joints in solutions[::7]:
        np.testing.assert_allclose(ROBOT.fk(joints), pose, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.lists(unit, min_size=7, max_size=7))
def test_solutions_return_to_the_pose_of_any_joints(shares):
    pose = ROBOT.fk(ROBOT.lower + np.array(shares) * (ROBOT.upper - ROBOT.lower))
    for joints in inverse(ROBOT, pose)[::5]:
        np.testing.assert_allclose(ROBOT.fk(joints), pose, atol=1e-7)


@given(grasp_poses())
def test_a_flipped_hand_closes_along_the_same_line(pose):
    other = flipped(pose)
    np.testing.assert_allclose(other[:3, 1], -pose[:3, 1])
    np.testing.assert_allclose(other[:, 2:], pose[:, 2:])
    np.testing.assert_allclose(flipped(other), pose)


def test_the_tool_lies_in_front_of_the_base_when_ready():
    pose = ROBOT.fk(READY)
    np.testing.assert_allclose(pose[:3, 2], [0.0, 0.0, -1.0], atol=1e-9)
    np.testing.assert_allclose(pose[:2, 3], [0.307, 0.0], atol=1e-3)


def test_a_pose_out_of_reach_says_how_far():
    pose = ROBOT.fk(READY)
    pose[0, 3] = 1.5
    assert len(inverse(ROBOT, pose)) == 0
    assert "beyond 0.855 m" in why_unreachable(ROBOT, pose)


@pytest.mark.parametrize("offset", [(0.0, 0.0, -0.15), (0.1, 0.05, 0.0), (0.0, 0.0, 0.0)])
def test_a_line_keeps_straight_and_upright(offset):
    path = follow_line(ROBOT, OBSERVE_JOINTS, np.array(offset))
    assert len(path) == line_length(offset)
    first, last = ROBOT.fk(path[0]), ROBOT.fk(path[-1])
    np.testing.assert_allclose(last[:3, 3] - first[:3, 3], offset, atol=2e-5)
    np.testing.assert_allclose(last[:3, :3], first[:3, :3], atol=1e-4)


def test_a_line_out_of_reach_ends_early():
    assert len(follow_line(ROBOT, READY, np.array([1.0, 0.0, 0.0]))) < line_length([1.0, 0.0, 0.0])
