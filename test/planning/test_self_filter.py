import numpy as np
import pytest

from lggd_ros.planning.config import WRIST_CAMERA
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.planner import CarriedBox, PlanningError
from lggd_ros.planning.robot_model import READY, RobotModel
from lggd_ros.planning.self_filter import SelfFilter


@pytest.fixture(scope="module")
def robot():
    return RobotModel((WRIST_CAMERA,))


def test_points_on_the_hand_go_and_those_beside_it_stay(robot):
    tool = robot.fk(READY)
    offsets = np.array([[0, 0.0, -0.07], [0, 0.05, -0.02], [0.0715, 0.0, -0.087], [0, 0, 0.03], [0, 0.12, -0.07]])
    points = tool[:3, 3] + offsets @ tool[:3, :3].T
    kept = SelfFilter(robot).without_robot(points, READY)
    np.testing.assert_allclose(kept, points[3:], err_msg="palm, finger and camera are the robot")


def test_nothing_seen_is_nothing_kept(robot):
    assert SelfFilter(robot).without_robot(np.empty((0, 3)), READY).shape == (0, 3)


def test_what_is_carried_collides_until_it_is_let_go():
    planner = EmbeddedPlanner()
    hanging = np.eye(4)
    hanging[2, 3] = 0.15
    planner.carry(CarriedBox(hanging, np.array([0.02, 0.02, 0.15])))
    low = planner.robot.fk(READY)
    low[2, 3] = 0.2
    with pytest.raises(PlanningError, match="the carried thing hits the table"):
        planner.plan_reach(READY, low, 0.0, 0.1)
    planner.carry(None)
    planner.plan_reach(READY, low, 0.0, 0.1)


def test_the_target_is_in_the_way_of_the_transfer_and_not_of_the_approach():
    planner = EmbeddedPlanner()
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = 0.5, 0.0, 0.03
    thing = np.array([[0.5, 0.0, z] for z in (0.05, 0.1, 0.185)])
    planner.set_obstacles(np.empty((0, 3)), thing[:1])
    planner.plan_reach(READY, pose, 0.1, 0.15)
    planner.set_obstacles(np.empty((0, 3)), thing)
    with pytest.raises(PlanningError, match="before the approach .* hits an obstacle"):
        planner.plan_reach(READY, pose, 0.1, 0.15)


def test_narrower_jaws_fit_where_wide_ones_do_not():
    planner = EmbeddedPlanner()
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = 0.5, 0.0, 0.03
    rows = [[0.5 + dx, side * 0.068, 0.05] for side in (-1, 1) for dx in np.arange(-0.03, 0.031, 0.005)]
    planner.set_obstacles(np.array(rows))
    with pytest.raises(PlanningError, match="finger hits an obstacle"):
        planner.plan_reach(READY, pose, 0.1, 0.15)
    planner.plan_reach(READY, pose, 0.1, 0.15, opening=0.05)
