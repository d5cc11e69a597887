"""The real moveit_py moves the simulated arm, where it is installed."""

import importlib
import os
import threading

import moveit_double
import numpy as np
import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState
from spinning import spinning
from test_embedded import LEFT, RIGHT, WALL_CENTRE, WALL_HALF, mujoco_contacts, top_of

from lggd_ros.execution.interfaces import Cancelled, CancelToken
from lggd_ros.planning.config import PlannerConfig
from lggd_ros.planning.robot_model import ARM_JOINTS
from lggd_ros.processes import NodeProcesses

REST = 0.01  # rad/s


class Robot:
    """A client of the simulated arm that notes when it was where."""

    def __init__(self, moveit, node):
        self.planner = load("planner").MoveItPlanner(moveit, PlannerConfig())
        self.arm = load("arm").MoveItArm(moveit, node, "fr3_arm_controller", ARM_JOINTS)
        self.stamps, self.positions, self.velocities = [], [], []
        node.create_subscription(JointState, "/joint_states", self._note, 100)

    def _note(self, message):
        self.stamps.append(message.header.stamp.sec + message.header.stamp.nanosec * 1e-9)
        self.positions.append(np.array(message.position))
        self.velocities.append(np.abs(message.velocity).max())

    def go(self, goal, cancel=None):
        trajectory = self.planner.plan_to_joints(self.arm.joint_positions(), goal)
        self.arm.execute(trajectory, cancel or CancelToken())


BOUND = {
    "moveit.core.collision_detection": ("AllowedCollisionMatrix", "CollisionRequest", "CollisionResult"),
    "moveit.core.planning_scene": ("PlanningScene",),
    "moveit.core.robot_state": ("RobotState",),
    "moveit.core.robot_trajectory": ("RobotTrajectory",),
    "moveit.core.controller_manager": ("ExecutionStatus",),
    "moveit.planning": ("MoveItPy", "PlanningComponent", "PlanningSceneMonitor", "PlanRequestParameters"),
    "moveit_configs_utils": ("MoveItConfigsBuilder",),
}


def load(name):
    return importlib.import_module(f"lggd_ros.planning.moveit_{name}")


@pytest.fixture
def robot(real_moveit, tmp_path):
    context = Context()
    rclpy.init(context=context, domain_id=int(os.environ["ROS_DOMAIN_ID"]))
    node = Node("client", context=context, parameter_overrides=[Parameter("use_sim_time", value=True)])
    executor = MultiThreadedExecutor(num_threads=4, context=context)
    executor.add_node(node)
    with spinning(executor), NodeProcesses(dict(os.environ), tmp_path) as nodes:
        nodes.start("simulator", "lggd_ros.simulation.node", {"setup": "isolated"}, "simulator.yaml")
        yield Robot(real_moveit, node)
    node.destroy_node()
    context.try_shutdown()


@pytest.mark.parametrize("module", BOUND)
def test_the_double_has_nothing_that_the_real_one_lacks(real_moveit, module):
    for name in BOUND[module]:
        double, real = getattr(moveit_double, name), getattr(importlib.import_module(module), name)
        assert [word for word in vars(double) if not word.startswith("_") and not hasattr(real, word)] == []


def test_the_arm_passes_a_wall(robot):
    robot.go(LEFT)
    robot.planner.set_obstacles(top_of(WALL_CENTRE, WALL_HALF))
    first = len(robot.positions)
    robot.go(RIGHT)
    np.testing.assert_allclose(robot.arm.joint_positions(), RIGHT, atol=0.01)
    assert not mujoco_contacts(robot.positions[first:], [(WALL_CENTRE, WALL_HALF)])


def test_a_cancelled_arm_is_at_rest_within_300_ms_and_stays_there(robot):
    cancel = CancelToken()
    cancelled_at = []

    def cancel_in_motion():
        while not robot.velocities or robot.velocities[-1] < 0.2:
            cancel.wait(0.005)
        cancelled_at.append(robot.stamps[-1])
        cancel.cancel()

    watching = threading.Thread(target=cancel_in_motion, daemon=True)
    watching.start()
    with pytest.raises(Cancelled):
        robot.go(LEFT, cancel)
    watching.join()
    returned = len(robot.stamps)
    while robot.stamps[-1] < cancelled_at[0] + 2.0:
        robot.arm.joint_positions()
    stamps, velocities = np.array(robot.stamps), np.array(robot.velocities)
    moving = stamps[velocities > REST]
    assert moving.max() - cancelled_at[0] < 0.3
    assert velocities[returned:].max() < REST
    robot.go(LEFT)
    np.testing.assert_allclose(robot.arm.joint_positions(), LEFT, atol=0.01)
