"""config/moveit/ fits the robot, the planner and the controllers."""

import xml.etree.ElementTree as ElementTree
from importlib import resources
from itertools import combinations
from pathlib import Path

import moveit_double
import numpy as np
import pytest
import yaml

from lggd_ros.nodes.config import ExecutorConfig
from lggd_ros.planning.moveit_config import GROUP, PIPELINE, moveit_parameters
from lggd_ros.planning.robot_model import ARM_JOINTS, MAX_ACCELERATION, READY, TOOL_FRAME, RobotModel
from lggd_ros.resources import config_file


@pytest.fixture(scope="module")
def robot():
    return RobotModel()


@pytest.fixture
def parameters(monkeypatch):
    moveit_double.install(monkeypatch)
    return moveit_parameters()


@pytest.fixture(scope="module")
def srdf():
    return ElementTree.parse(config_file("moveit/fr3.srdf")).getroot()


@pytest.fixture(scope="module")
def urdf():
    return ElementTree.parse(str(resources.files("franky_sim") / "assets" / "fr3.urdf")).getroot()


def test_the_group_ends_in_the_grasp_frame(srdf, urdf):
    (group,) = srdf.iter("group")
    chain = group.find("chain")
    assert (group.get("name"), chain.get("tip_link")) == (GROUP, TOOL_FRAME)
    assert srdf.get("name") == urdf.get("name")
    links = {link.get("name") for link in urdf.iter("link")}
    assert {chain.get("base_link"), TOOL_FRAME} <= links
    for pair in srdf.iter("disable_collisions"):
        assert {pair.get("link1"), pair.get("link2")} <= links


def test_ready_is_the_planners(srdf):
    state = next(state for state in srdf.iter("group_state") if state.get("name") == "ready")
    values = {joint.get("name"): float(joint.get("value")) for joint in state}
    np.testing.assert_allclose([values[name] for name in ARM_JOINTS], READY)


def test_only_bodies_on_neighbouring_joints_may_touch(srdf, robot):
    allowed = {frozenset((pair.get("link1"), pair.get("link2"))) for pair in srdf.iter("disable_collisions")}
    joints = {
        (name.rsplit("_", 1)[0] if "finger" in name else name): shape.parentJoint
        for shape in robot.shapes.geometryObjects
        for name in [shape.name]
    }
    near = {frozenset(pair) for pair in combinations(joints, 2) if abs(joints[pair[0]] - joints[pair[1]]) <= 1}
    assert allowed == near


def test_limits_are_the_planners(parameters, robot):
    limits = [parameters["robot_description_planning"]["joint_limits"][name] for name in ARM_JOINTS]
    np.testing.assert_allclose([limit["min_position"] for limit in limits], robot.lower, atol=1e-4)
    np.testing.assert_allclose([limit["max_position"] for limit in limits], robot.upper, atol=1e-4)
    np.testing.assert_allclose([limit["max_velocity"] for limit in limits], robot.velocity)
    assert all(limit["max_acceleration"] == MAX_ACCELERATION for limit in limits)


def test_meshes_of_the_description_are_files(parameters):
    meshes = ElementTree.fromstring(parameters["robot_description"]).iter("mesh")
    paths = [mesh.get("filename") for mesh in meshes]
    assert paths and all(path.startswith("file:///") for path in paths)
    collision = [Path(path.removeprefix("file://")) for path in paths if path.endswith("_coll.stl")]
    assert collision and all(path.is_file() for path in collision)


def test_one_pipeline_is_loaded_and_it_is_ours(parameters):
    assert parameters["planning_pipelines"] == {"pipeline_names": [PIPELINE]}
    assert parameters[PIPELINE] == yaml.safe_load(config_file("moveit/ompl_planning.yaml").read_text())
    group = parameters[PIPELINE][GROUP]
    assert group["default_planner_config"] in parameters[PIPELINE]["planner_configs"]
    assert parameters["plan_request_params"]["planner_id"] in group["planner_configs"]


def test_the_controller_is_the_executors(parameters):
    controllers = parameters["moveit_simple_controller_manager"]
    assert controllers["controller_names"] == [ExecutorConfig().arm_controller]
    assert tuple(controllers[ExecutorConfig().arm_controller]["joints"]) == ARM_JOINTS
    assert not parameters["moveit_manage_controllers"]
