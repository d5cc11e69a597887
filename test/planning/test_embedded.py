from importlib import resources
from itertools import count

import mujoco
import numpy as np
import pytest

from lggd_ros.planning.benchmark import benchmark_planning
from lggd_ros.planning.config import Attachment, PlannerConfig
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.planner import PlanningError
from lggd_ros.planning.robot_model import READY
from lggd_ros.planning.search import straight_segment
from lggd_ros.simulation.mount import OBSERVE_JOINTS

LEFT, RIGHT = np.array([0.6, 0.3, 0.0, -1.9, 0.0, 2.2, 0.8]), np.array([-0.6, 0.3, 0.0, -1.9, 0.0, 2.2, 0.8])
WALL_CENTRE, WALL_HALF = np.array([0.5, 0.0, 0.175]), np.array([0.15, 0.015, 0.175])


def top_down(x, y, z, yaw=0.0):
    pose = np.eye(4)
    pose[:2, 0] = np.cos(yaw), np.sin(yaw)
    pose[:2, 1] = np.sin(yaw), -np.cos(yaw)
    pose[2, 2] = -1.0
    pose[:3, 3] = x, y, z
    return pose


def top_of(centre, half):
    """Points (N, 3) on the top of a box."""
    u, v = (np.arange(-size, size, 0.004) for size in half[:2])
    flat = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2) + centre[:2]
    return np.column_stack([flat, np.full(len(flat), centre[2] + half[2])])


def mujoco_contacts(path, boxes=()):
    """Pairs of bodies that touch in MuJoCo's own model of the robot at joints (N, 7), among boxes and the table."""
    assets = resources.files("franky_sim") / "assets"
    spec = mujoco.MjSpec.from_file(str(assets / "fr3.xml"))
    spec.meshdir = str(assets / "meshes")
    spec.body("base").name = "robot"
    spec.worldbody.add_body(name="table").add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.5, 0.5, 0.01], pos=[0.7, 0.0, -0.01]
    )
    for index, (centre, half) in enumerate(boxes):
        spec.worldbody.add_body(name=f"box{index}").add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, size=list(half), pos=list(centre)
        )
    model = spec.compile()
    data = mujoco.MjData(model)
    touching = set()
    for joints in path:
        data.qpos[:7], data.qpos[7:9] = joints, 0.04
        mujoco.mj_fwdPosition(model, data)
        for contact in data.contact[: data.ncon]:
            names = sorted(model.body(model.geom_bodyid[geom]).name for geom in contact.geom)
            touching.add(tuple(names))
    return touching


@pytest.fixture
def planner():
    return EmbeddedPlanner(PlannerConfig(seed=3))


def assert_within_limits(planner, trajectory):
    config, robot = planner.config, planner.robot
    assert robot.within_limits(trajectory.positions).all()
    assert (np.abs(trajectory.velocities) <= config.velocity_scaling * robot.velocity).all()
    assert (np.abs(trajectory.accelerations) <= config.acceleration_scaling * robot.acceleration).all()


def assert_vertical(planner, trajectory, pose, rise):
    """The tool rises by ``rise`` right above or below the pose, no faster than allowed."""
    places = np.array([planner.robot.fk(joints)[:3, 3] for joints in trajectory.positions])
    np.testing.assert_allclose(places[-1] - places[0], [0.0, 0.0, rise], atol=1e-4)
    assert np.linalg.norm(places[:, :2] - pose[:2, 3], axis=1).max() < 1e-3
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=1) / np.diff(trajectory.times)
    assert speeds.max() <= planner.config.straight_speed + 1e-9


def test_forward_kinematics_agree_with_mujoco(planner):
    assets = resources.files("franky_sim") / "assets"
    spec = mujoco.MjSpec.from_file(str(assets / "fr3.xml"))
    spec.meshdir = str(assets / "meshes")
    model = spec.compile()
    data = mujoco.MjData(model)
    for joints in np.random.default_rng(0).uniform(planner.robot.lower, planner.robot.upper, (20, 7)):
        data.qpos[:7] = joints
        mujoco.mj_kinematics(model, data)
        hand = data.body("hand")
        pose = planner.robot.fk(joints)
        np.testing.assert_allclose(pose[:3, 3], hand.xpos + 0.1034 * hand.xmat.reshape(3, 3)[:, 2], atol=1e-6)
        np.testing.assert_allclose(pose[:3, :3], hand.xmat.reshape(3, 3), atol=1e-6)


def test_free_space_is_crossed_directly(planner):
    trajectory = planner.plan_to_joints(READY, OBSERVE_JOINTS)
    np.testing.assert_allclose(trajectory.positions[[0, -1]], [READY, OBSERVE_JOINTS], atol=1e-6)
    assert_within_limits(planner, trajectory)


def test_an_arm_that_is_there_already_gets_a_short_trajectory(planner):
    trajectory = planner.plan_to_joints(READY, READY)
    assert 0 < trajectory.duration < 0.5
    np.testing.assert_array_equal(trajectory.positions, np.broadcast_to(READY, trajectory.positions.shape))


def test_a_wall_is_passed_without_touching_it(planner):
    wall = (WALL_CENTRE, WALL_HALF)
    assert any("box0" in pair for pair in mujoco_contacts(straight_segment(LEFT, RIGHT), [wall]))
    planner.set_obstacles(top_of(*wall))
    trajectory = planner.plan_to_joints(LEFT, RIGHT)
    assert not mujoco_contacts(trajectory.positions, [wall])
    assert_within_limits(planner, trajectory)


def test_equal_seeds_give_equal_plans():
    plans = []
    for seed in (3, 3, 4):
        planner = EmbeddedPlanner(PlannerConfig(seed=seed))
        planner.set_obstacles(top_of(WALL_CENTRE, WALL_HALF))
        plans.append(planner.plan_to_joints(LEFT, RIGHT).positions)
    np.testing.assert_array_equal(plans[0], plans[1])
    assert plans[0].shape != plans[2].shape or not np.allclose(plans[0], plans[2])


@pytest.mark.parametrize("yaw", [0.0, 1.0, np.pi / 2, 2.5])
@pytest.mark.parametrize("x, y", [(0.36, -0.19), (0.5, 0.0), (0.64, 0.19)])
def test_a_reach_is_straight_connected_and_free(planner, x, y, yaw):
    neighbour = (np.array([x - 0.13, y + 0.13, 0.03]), np.array([0.03, 0.03, 0.03]))
    planner.set_obstacles(top_of(*neighbour))
    pose = top_down(x, y, 0.013, yaw)
    plan = planner.plan_reach(OBSERVE_JOINTS, pose, approach=0.1, retreat=0.15)
    parts = (plan.transfer, plan.approach, plan.retreat)
    for before, after in zip(parts, parts[1:], strict=False):
        np.testing.assert_allclose(before.positions[-1], after.positions[0], atol=1e-6)
    grasp = planner.robot.fk(plan.retreat.positions[0])
    np.testing.assert_allclose(grasp[:, 2:], pose[:, 2:], atol=1e-4)
    np.testing.assert_allclose(np.abs(grasp[:3, 1]), np.abs(pose[:3, 1]), atol=1e-4)
    assert_vertical(planner, plan.approach, pose, -0.1)
    assert_vertical(planner, plan.retreat, pose, 0.15)
    for part in parts:
        assert_within_limits(planner, part)
    assert not mujoco_contacts(np.concatenate([part.positions for part in parts]), [neighbour])


def test_fingers_may_touch_what_is_near_the_grasp_but_the_hand_may_not(planner):
    pose = top_down(0.5, 0.0, 0.02)
    low = (np.array([0.5, 0.05, 0.02]), np.array([0.02, 0.006, 0.02]))
    planner.set_obstacles(top_of(*low))
    planner.plan_reach(OBSERVE_JOINTS, pose, 0.1, 0.15)
    planner.set_obstacles(top_of(np.array([0.5, 0.05, 0.05]), np.array([0.02, 0.006, 0.05])))
    with pytest.raises(PlanningError, match="fr3_hand hits an obstacle") as failure:
        planner.plan_reach(OBSERVE_JOINTS, pose, 0.1, 0.15)
    assert failure.value.reason == "goal_in_collision"


def test_a_pose_in_the_table_names_finger_and_table(planner):
    with pytest.raises(PlanningError, match="finger hits the table") as failure:
        planner.plan_reach(OBSERVE_JOINTS, top_down(0.5, 0.0, 0.005), 0.1, 0.15)
    assert failure.value.reason == "goal_in_collision"


def test_a_pose_out_of_reach_says_so(planner):
    with pytest.raises(PlanningError, match="out of reach") as failure:
        planner.plan_reach(OBSERVE_JOINTS, top_down(1.3, 0.0, 0.1), 0.1, 0.15)
    assert failure.value.reason == "no_ik"


def test_joints_beyond_their_limits_are_no_goal(planner):
    with pytest.raises(PlanningError, match="joint limits") as failure:
        planner.plan_to_joints(READY, np.zeros(7))
    assert failure.value.reason == "no_ik"


def test_a_start_in_an_obstacle_names_both(planner):
    planner.set_obstacles(top_of(planner.robot.fk(READY)[:3, 3], np.array([0.05, 0.05, 0.0])))
    with pytest.raises(PlanningError, match="hits an obstacle") as failure:
        planner.plan_to_joints(READY, OBSERVE_JOINTS)
    assert failure.value.reason == "start_in_collision"


def test_an_attachment_collides_like_the_hand():
    rod = np.eye(4)
    rod[2, 3] = 0.2
    planner = EmbeddedPlanner(PlannerConfig(attachments=(Attachment("rod", rod, np.array([0.005, 0.005, 0.1])),)))
    with pytest.raises(PlanningError, match="rod hits the table"):
        planner.plan_reach(OBSERVE_JOINTS, top_down(0.5, 0.0, 0.05), 0.1, 0.15)


def test_a_straight_lift_leaves_where_the_arm_stands(planner):
    trajectory = planner.plan_straight(OBSERVE_JOINTS, np.array([0.0, 0.05, -0.2]))
    poses = [planner.robot.fk(trajectory.positions[i]) for i in (0, -1)]
    np.testing.assert_allclose(poses[1][:3, 3] - poses[0][:3, 3], [0.0, 0.05, -0.2], atol=1e-4)
    np.testing.assert_allclose(poses[1][:3, :3], poses[0][:3, :3], atol=1e-3)


def test_an_arm_in_contact_may_leave_upwards_only(planner):
    at_the_palm = planner.robot.fk(READY)[:3, 3] + [0.0, 0.0, 0.06]
    planner.set_obstacles(top_of(at_the_palm, np.array([0.05, 0.05, 0.0])))
    planner.plan_straight(READY, np.array([0.0, 0.0, 0.1]))
    with pytest.raises(PlanningError, match="fr3_hand hits an obstacle") as failure:
        planner.plan_straight(READY, np.array([0.0, 0.0, -0.1]))
    assert failure.value.reason == "start_in_collision"


def test_a_straight_line_into_the_table_or_out_of_reach_fails(planner):
    for offset, words in (([0.0, 0.0, -0.7], "hits the table"), ([0.9, 0.0, 0.0], "can follow only")):
        with pytest.raises(PlanningError, match=words) as failure:
            planner.plan_straight(OBSERVE_JOINTS, np.array(offset))
        assert failure.value.reason == "no_straight_path"


def hard_problem(**parameters):
    """A planner before high walls that leave the arm only a narrow way, right over its own base; start and goal."""
    planner = EmbeddedPlanner(PlannerConfig(**parameters))
    walls = [top_of(np.array([side * 0.65, 0.0, 0.7]), np.array([0.5, 0.02, 0.7])) for side in (-1, 1)]
    planner.set_obstacles(np.concatenate(walls))
    aside = np.array([0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    return planner, LEFT + aside, RIGHT - aside


def test_planning_stops_when_asked():
    planner, start, goal = hard_problem(planning_time=60.0)
    questions = count()
    planner.should_stop = lambda: next(questions) > 5
    with pytest.raises(PlanningError) as failure:
        planner.plan_to_joints(start, goal)
    assert failure.value.reason == "cancelled"
    assert next(questions) < 20


def test_a_reach_stops_when_asked(planner):
    planner.should_stop = lambda: True
    with pytest.raises(PlanningError) as failure:
        planner.plan_reach(OBSERVE_JOINTS, top_down(0.5, 0.0, 0.05), 0.1, 0.15)
    assert failure.value.reason == "cancelled"


def test_a_search_without_success_ends_in_time():
    planner, start, goal = hard_problem(planning_time=0.05)
    with pytest.raises(PlanningError, match="planning_time, 0.05 s") as failure:
        planner.plan_to_joints(start, goal)
    assert failure.value.reason == "timed_out"


def test_malformed_input_is_named(planner):
    with pytest.raises(ValueError, match="start joints"):
        planner.plan_to_joints(np.zeros(6), READY)
    with pytest.raises(ValueError, match="tool pose"):
        planner.plan_reach(READY, np.full((4, 4), 2.0), 0.1, 0.1)
    with pytest.raises(ValueError, match="retreat"):
        planner.plan_reach(READY, top_down(0.5, 0.0, 0.1), 0.1, -0.1)
    with pytest.raises(ValueError, match="offset"):
        planner.plan_straight(READY, np.array([np.nan, 0.0, 0.0]))


@pytest.mark.parametrize(
    "wrong", [{"velocity_scaling": 1.5}, {"planning_time": 0.0}, {"close_margin": 0.02}, {"seed": 0}]
)
def test_nonsense_parameters_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PlannerConfig(**wrong)


def test_benchmark_reports_what_it_measured():
    report = benchmark_planning(trials=4, seed=1)
    assert report["trials"] == 4
    assert report["success_rate"] * 4 + sum(report["failures"].values()) == 4
