"""The same demands of the planner on the double and, where MoveIt is installed, on the real moveit_py."""

import importlib
import sys
from importlib.util import find_spec

import moveit_double
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_embedded import LEFT, RIGHT, WALL_CENTRE, WALL_HALF, assert_vertical, mujoco_contacts, top_down, top_of

from lggd_ros.planning.config import PlannerConfig
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.planning.planner import CarriedBox, PlanningError
from lggd_ros.planning.robot_model import READY
from lggd_ros.planning.search import straight_segment
from lggd_ros.simulation.mount import OBSERVE_JOINTS

OURS = [f"lggd_ros.planning.moveit_{name}" for name in ("config", "errors", "octomap", "scene", "planner", "arm")]
REAL = find_spec("moveit") is not None


def load(name):
    return importlib.import_module(f"lggd_ros.planning.moveit_{name}")


@pytest.fixture
def double(monkeypatch):
    """Our modules on the double."""
    for name in OURS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    moveit_double.install(monkeypatch)
    yield
    for name in OURS:
        sys.modules.pop(name, None)


@pytest.fixture(params=["double", "real_moveit"])
def moveit(request):
    return request.getfixturevalue(request.param) or load("config").start_moveit("", use_sim_time=False)


@pytest.fixture
def planner(moveit):
    return load("planner").MoveItPlanner(moveit, PlannerConfig())


def test_free_space_is_crossed_within_the_limits(planner):
    trajectory = planner.plan_to_joints(READY, OBSERVE_JOINTS)
    np.testing.assert_allclose(trajectory.positions[[0, -1]], [READY, OBSERVE_JOINTS], atol=1e-3)
    assert trajectory.times[0] == 0 and (np.diff(trajectory.times) > 0).all()
    share, robot = planner.config.velocity_scaling, planner.robot
    assert (np.abs(trajectory.velocities) <= 1.05 * share * robot.velocity).all()
    assert (np.abs(trajectory.velocities) > 0.5 * share * robot.velocity).any()


def test_a_wall_is_passed_without_touching_it(planner):
    wall = (WALL_CENTRE, WALL_HALF)
    assert any("box0" in pair for pair in mujoco_contacts(straight_segment(LEFT, RIGHT), [wall]))
    planner.set_obstacles(top_of(*wall))
    trajectory = planner.plan_to_joints(LEFT, RIGHT)
    between = [straight_segment(a, b) for a, b in zip(trajectory.positions, trajectory.positions[1:], strict=False)]
    assert not mujoco_contacts(np.concatenate(between), [wall])


def test_a_reach_is_straight_connected_and_leaves_the_neighbour_alone(planner):
    neighbour = (np.array([0.37, 0.13, 0.03]), np.array([0.03, 0.03, 0.03]))
    planner.set_obstacles(top_of(*neighbour))
    pose = top_down(0.5, 0.0, 0.013, 0.4)
    plan = planner.plan_reach(OBSERVE_JOINTS, pose, approach=0.1, retreat=0.15)
    parts = (plan.transfer, plan.approach, plan.retreat)
    for before, after in zip(parts, parts[1:], strict=False):
        np.testing.assert_allclose(before.positions[-1], after.positions[0], atol=1e-3)
    np.testing.assert_allclose(planner.robot.fk(plan.retreat.positions[0])[:, 2:], pose[:, 2:], atol=1e-4)
    assert_vertical(planner, plan.approach, pose, -0.1)
    assert_vertical(planner, plan.retreat, pose, 0.15)


def test_the_target_is_touched_only_in_straight_lines(planner):
    target = top_of(np.array([0.5, 0.0, 0.03]), np.array([0.02, 0.02, 0.03]))
    planner.set_obstacles(np.empty((0, 3)), target)
    pose = top_down(0.5, 0.0, 0.02)
    plan = planner.plan_reach(OBSERVE_JOINTS, pose, approach=0.1, retreat=0.15)
    with pytest.raises(PlanningError, match="at the goal .* hits an obstacle") as failure:
        planner.plan_to_joints(OBSERVE_JOINTS, plan.approach.positions[-1])
    assert failure.value.reason == "goal_in_collision"


def test_the_fingers_may_touch_what_is_near_the_grasp_but_the_hand_may_not(planner):
    pose = top_down(0.5, 0.0, 0.02)
    planner.set_obstacles(top_of(np.array([0.5, 0.045, 0.02]), np.array([0.02, 0.01, 0.02])))
    planner.plan_reach(OBSERVE_JOINTS, pose, approach=0.1, retreat=0.1)
    planner.set_obstacles(top_of(np.array([0.5, 0.045, 0.1]), np.array([0.02, 0.01, 0.1])))
    with pytest.raises(PlanningError, match="hits an obstacle"):
        planner.plan_reach(OBSERVE_JOINTS, pose, approach=0.1, retreat=0.1)


def test_what_the_hand_carries_passes_the_wall_too(planner):
    wall = (WALL_CENTRE, WALL_HALF)
    planner.set_obstacles(top_of(*wall))
    planner.carry(CarriedBox(np.eye(4), np.array([0.02, 0.02, 0.12])))
    trajectory = planner.plan_to_joints(LEFT, RIGHT)
    bottoms = []
    for joints in np.concatenate(
        [straight_segment(a, b) for a, b in zip(trajectory.positions, trajectory.positions[1:], strict=False)]
    ):
        end = planner.robot.fk(joints) @ [0.0, 0.0, 0.12, 1.0]
        if np.all(np.abs(end[:2] - WALL_CENTRE[:2]) < WALL_HALF[:2]):
            bottoms.append(end[2])
    assert not bottoms or min(bottoms) > 2 * WALL_HALF[2]


def test_what_the_hand_carries_may_stand_on_the_table_only_in_straight_lines(planner):
    start = planner.plan_reach(OBSERVE_JOINTS, top_down(0.5, 0.0, 0.1), 0.1, 0.1).retreat.positions[0]
    planner.carry(CarriedBox(np.eye(4), np.array([0.02, 0.02, 0.11])))
    with pytest.raises(PlanningError, match="the carried thing hits the table") as failure:
        planner.plan_to_joints(start, OBSERVE_JOINTS)
    assert failure.value.reason == "start_in_collision"
    planner.plan_straight(start, np.array([0.0, 0.0, 0.1]))
    planner.carry(None)
    planner.plan_to_joints(start, OBSERVE_JOINTS)


def test_what_collides_is_named(planner):
    planner.set_obstacles(top_of(np.array([0.5, 0.0, 0.2]), np.array([0.05, 0.05, 0.2])))
    with pytest.raises(PlanningError, match="fr3_hand hits an obstacle"):
        planner.plan_reach(OBSERVE_JOINTS, top_down(0.5, 0.0, 0.2), approach=0.05, retreat=0.05)
    planner.set_obstacles(np.empty((0, 3)))
    with pytest.raises(PlanningError, match="fr3_(hand|leftfinger|rightfinger) hits the table"):
        planner.plan_reach(OBSERVE_JOINTS, top_down(0.5, 0.0, -0.03), approach=0.05, retreat=0.05)


def test_cancelling_ends_planning(moveit):
    planner = load("planner").MoveItPlanner(moveit, PlannerConfig(planning_time=60.0), should_stop=lambda: True)
    planner.set_obstacles(top_of(WALL_CENTRE, WALL_HALF))
    with pytest.raises(PlanningError) as failure:
        planner.plan_to_joints(LEFT, RIGHT)
    assert failure.value.reason == "cancelled"


def test_moveit_is_asked_again_until_the_time_is_over(double):
    moveit = load("config").start_moveit("", use_sim_time=False)
    planner = load("planner").MoveItPlanner(moveit, PlannerConfig(planning_time=0.1))
    moveit.answers = [-6, -1, -2]
    planner.plan_to_joints(READY, OBSERVE_JOINTS)
    assert moveit.plans == 4
    moveit.answers = [-6] * 10**6
    with pytest.raises(PlanningError) as failure:
        planner.plan_to_joints(READY, OBSERVE_JOINTS)
    assert failure.value.reason == "timed_out"
    moveit.answers = [-25]
    with pytest.raises(PlanningError, match="MoveIt could not talk to another node .MoveIt error -25"):
        planner.plan_to_joints(READY, OBSERVE_JOINTS)


def test_every_error_of_moveit_has_a_sentence():
    codes = moveit_double.MoveItErrorCodes
    values = {name: getattr(codes, name) for name in dir(codes) if name.isupper()}
    assert load("errors").PLANNING_ERRORS.keys() == set(values.values()) - {codes.SUCCESS}
    if REAL:
        real = importlib.import_module("moveit_msgs.msg").MoveItErrorCodes
        assert values == {name: getattr(real, name) for name in values}


def test_errors_have_the_reasons_that_the_executor_knows():
    reasons = {reason for reason, _ in load("errors").PLANNING_ERRORS.values()}
    known = {"no_ik", "start_in_collision", "goal_in_collision", "no_path", "timed_out", "cancelled", "internal"}
    assert reasons == known


def test_without_moveit_the_planner_is_refused_with_the_remedy(monkeypatch):
    config = load("config")
    monkeypatch.setattr(config, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="needs MoveIt .sudo apt install .*; or choose embedded"):
        config.start_moveit("", use_sim_time=False)


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.int64, st.tuples(st.integers(1, 60), st.just(3)), elements=st.integers(-200, 200)))
def test_an_octomap_holds_the_voxels_and_nothing_else(cells):
    with pytest.MonkeyPatch.context() as patch:
        for name in OURS:
            patch.delitem(sys.modules, name, raising=False)
        moveit_double.install(patch)
        voxels = VoxelMap((np.unique(cells, axis=0) + 0.5) * 0.01, 0.01)
        message = load("octomap").octomap_message(voxels, "base")
        sys.modules.pop("lggd_ros.planning.moveit_octomap")
    read = moveit_double.occupied(message.data.tobytes(), message.resolution)
    np.testing.assert_allclose(read[np.lexsort(read.T)], voxels.centres[np.lexsort(voxels.centres.T)], atol=1e-9)
