"""Execution through MoveIt: on the double, with joint states over DDS."""

import importlib
import os
import sys
import threading

import moveit_double
import numpy as np
import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from spinning import spinning

from lggd_ros.execution.interfaces import ArmAborted, ArmError, Cancelled, CancelToken
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.planning.robot_model import ARM_JOINTS
from lggd_ros.processes import private_domain

STILL = np.zeros((2, 7))
TRAJECTORY = JointTrajectory(ARM_JOINTS, np.array([0.0, 0.5]), STILL, STILL, STILL)


@pytest.fixture
def node():
    """A robot at rest: it publishes joint states."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = Context()
    rclpy.init(context=context, domain_id=private_domain(41))
    node, executor = Node("robot", context=context), MultiThreadedExecutor(num_threads=4, context=context)
    publisher = node.create_publisher(JointState, "franka/joint_states", 10)

    def publish():
        message = JointState(name=ARM_JOINTS, position=[0.0] * 7)
        message.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(message)

    node.create_timer(0.02, publish)
    executor.add_node(node)
    with spinning(executor):
        yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture
def manager(monkeypatch):
    monkeypatch.delitem(sys.modules, "lggd_ros.planning.moveit_arm", raising=False)
    moveit_double.install(monkeypatch)
    return moveit_double.TrajectoryExecutionManager()


@pytest.fixture
def arm(node, manager):
    class Started:
        def get_trajectory_execution_manager(self):
            return manager

    return importlib.import_module("lggd_ros.planning.moveit_arm").MoveItArm(
        Started(), node, "fr3_arm_controller", ARM_JOINTS
    )


def follow(arm, cancel, watch=lambda: None):
    """Execute in a thread; the end of it is an exception or None."""
    ends = []

    def run():
        try:
            ends.append(arm.execute(TRAJECTORY, cancel, watch))
        except Exception as error:
            ends.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ends


def test_the_trajectory_is_pushed_and_waited_for(arm, manager):
    thread, ends = follow(arm, CancelToken())
    assert manager.started.wait(60)
    assert not ends
    (pushed,) = manager.pushed
    assert tuple(pushed.joint_names) == ARM_JOINTS
    assert pushed.points[-1].time_from_start.nanosec == 500_000_000
    manager.finish()
    thread.join(60)
    assert ends == [None]


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED", "UNKNOWN", "RUNNING"])
def test_every_other_end_has_a_sentence(arm, manager, status):
    thread, ends = follow(arm, CancelToken())
    assert manager.started.wait(60)
    manager.finish(status)
    thread.join(60)
    assert isinstance(ends[0], ArmAborted) and str(ends[0]).endswith(f"(MoveIt status {status})")


def test_a_motion_that_others_stop_is_not_taken_up_again(arm, manager):
    thread, ends = follow(arm, CancelToken())
    assert manager.started.wait(60)
    manager.finish("PREEMPTED")
    thread.join(60)
    assert isinstance(ends[0], ArmError) and not isinstance(ends[0], ArmAborted)
    assert "something else than the executor stopped the arm" in str(ends[0])


def test_a_motion_that_never_ends_is_left_behind(arm, manager, monkeypatch):
    monkeypatch.setattr("lggd_ros.planning.moveit_arm._STOP_TIMEOUT", 0.2)
    manager.checked.clear()
    cancel = CancelToken()
    thread, ends = follow(arm, cancel)
    cancel.cancel()
    thread.join(60)
    assert "MoveIt did not stop the arm" in str(ends[0])
    manager.checked.set()
    assert manager.started.wait(60)
    manager.finish()


def test_a_cancel_stops_the_motion(arm, manager):
    cancel = CancelToken()
    thread, ends = follow(arm, cancel)
    assert manager.started.wait(60)
    cancel.cancel()
    thread.join(60)
    assert isinstance(ends[0], Cancelled)
    assert manager.stops >= 1 and not manager.started.is_set()


def test_a_cancel_that_moveit_forgets_is_said_again(arm, manager):
    cancel = CancelToken()
    manager.checked.clear()
    thread, ends = follow(arm, cancel)
    cancel.cancel()
    while manager.stops < 3:
        assert thread.is_alive()
    assert not ends
    manager.checked.set()
    thread.join(60)
    assert isinstance(ends[0], Cancelled)
    assert not manager.started.is_set()


def test_what_the_watch_raises_stops_the_motion(arm, manager):
    def watch():
        if manager.started.is_set():
            raise ArmError("the joint states fell silent")

    thread, ends = follow(arm, CancelToken(), watch)
    thread.join(60)
    assert str(ends[0]) == "the joint states fell silent"
    assert manager.stops >= 1 and not manager.started.is_set()


def test_a_trajectory_without_a_controller_is_refused(arm, manager):
    manager.accepts = False
    with pytest.raises(ArmError, match="moveit_controllers.yaml"):
        arm.execute(TRAJECTORY, CancelToken())
