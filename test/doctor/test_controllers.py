"""Against a controller manager of this test; skipped where its interfaces are not installed."""

import os
import threading

import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node

from lggd_ros.doctor.controllers import ControllerState

FREE = "ros2_control's interfaces come with a ROS 2 installation, not from PyPI"


@pytest.fixture
def node():
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = Context()
    rclpy.init(context=context, domain_id=(os.getpid() + 15) % 100)
    node, executor, stopped = Node("examiner", context=context), MultiThreadedExecutor(2, context=context), []
    executor.add_node(node)

    def spin():
        while not stopped:
            executor.spin_once(timeout_sec=0.05)

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    yield node
    stopped.append(True)
    thread.join(5)
    executor.shutdown()
    node.destroy_node()
    context.try_shutdown()


def test_without_a_controller_manager_nothing_is_claimed(node):
    finding = ControllerState(node).finding()
    assert finding.fine and finding.detail.startswith("not asked for, because")


@pytest.mark.parametrize(
    ("states", "detail", "remedy"),
    [
        ({"fr3_arm_controller": "active"}, "fr3_arm_controller is active", ""),
        (
            {"fr3_arm_controller": "inactive", "gravity_compensation_example_controller": "active"},
            "inactive; active: gravity_compensation_example_controller",
            "ros2 control set_controller_state fr3_arm_controller active",
        ),
        ({"joint_state_broadcaster": "active"}, "not loaded; loaded: joint_state_broadcaster", "spawner"),
    ],
)
def test_only_an_active_controller_is_green(node, states, detail, remedy):
    messages = pytest.importorskip("controller_manager_msgs.msg", reason=FREE)
    from controller_manager_msgs.srv import ListControllers

    def answer(_, response):
        response.controller = [messages.ControllerState(name=name, state=state) for name, state in states.items()]
        return response

    node.create_service(ListControllers, "controller_manager/list_controllers", answer)
    state = ControllerState(node)
    assert state._client.wait_for_service(60)
    finding = state.finding()
    assert finding.detail == detail and remedy in finding.remedy and finding.fine == (not remedy)
