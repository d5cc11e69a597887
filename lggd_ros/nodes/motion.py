"""The planner that the executor was told to use, and the arm that goes with it."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from lggd_ros.nodes.config import ExecutorConfig
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.moveit_config import is_installed, start_moveit
from lggd_ros.planning.planner import MotionPlanner
from lggd_ros.planning.robot_model import ARM_JOINTS
from lggd_ros.robot.arm import RosArm


def make_motion(node: Node, config: ExecutorConfig, should_stop: Callable[[], bool]) -> tuple[MotionPlanner, RosArm]:
    """``should_stop`` is asked while planning. Raises ValueError where MoveIt is wanted and cannot be had."""
    robot = (node, config.arm_controller, ARM_JOINTS)
    if config.planner == "embedded" or (config.planner == "auto" and not is_installed()):
        planner = EmbeddedPlanner(config.planner_config(), should_stop)
        return planner, RosArm(*robot, recovery=config.error_recovery)
    moveit = start_moveit(node.get_namespace(), node.get_parameter("use_sim_time").value)
    # Only now: these import MoveIt.
    from lggd_ros.planning.moveit_arm import MoveItArm
    from lggd_ros.planning.moveit_planner import MoveItPlanner

    planner = MoveItPlanner(moveit, config.planner_config(), should_stop)
    return planner, MoveItArm(moveit, *robot, recovery=config.error_recovery)
