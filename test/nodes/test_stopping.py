"""What must never go on moving, and what must never lock up: stops, a killed executor, rival and vanishing clients.

LGGD_REPETITIONS=100 repeats the encounters of clients a hundred times; the usual run is short.
"""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from bench import ABORTED, SUCCEEDED, grasp_message, top_down
from waiting import wait_until

from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.msg import GraspDetection

REPETITIONS = int(os.environ.get("LGGD_REPETITIONS", "2"))
FAR_ASIDE = OBSERVE_JOINTS + [1.2, 0, 0, 0, 0, 0, 0]
IN_THE_AIR = top_down(0.5, 0.0, 0.3)
WATCHED = 1.0  # simulated seconds after a stop
MOVING = 0.02
Result = ExecuteGrasp.Result

VANISHING_CLIENT = """
import os, rclpy
from rclpy.node import Node
from lggd_ros.robot.action_client import ActionClient
from lggd_ros_msgs.action import ExecuteGrasp
rclpy.init()
node = Node("vanishing")
client = ActionClient(node, ExecuteGrasp, "/execute_grasp")
client.wait_for_server()
sent = client.send_goal_async(ExecuteGrasp.Goal(instruction="the thing"))
rclpy.spin_until_future_complete(node, sent)
os._exit(0 if sent.result().accepted else 1)
"""


def moving_arm(bench):
    """A goal whose arm is on its way, which is long."""
    bench.oracle.answer = GraspDetection.FOUND, [grasp_message(IN_THE_AIR)]
    bench.move_arm(FAR_ASIDE, 3.0)
    running = bench.send(instruction="the thing")
    wait_until(lambda: bench.arm_states.speed > 0.2, "the arm to move")
    return running


def stop(bench):
    """Stop, and see that the arm has not arrived when that is answered, and that nothing moves from then on."""
    assert bench.trigger(bench.stop).success
    assert np.abs(bench.arm.joint_positions() - OBSERVE_JOINTS).max() > 0.05
    since = bench.arm_states.stamp_at(time.time_ns())
    wait_until(lambda: bench.arm_states.now > since + WATCHED, "the time after the stop")
    assert bench.arm_states.speed_after(since) < MOVING
    assert bench.finger_states.speed_after(since) < MOVING


def test_stop_ends_the_goal_and_nothing_moves_afterwards(bench):
    running = moving_arm(bench)
    stop(bench)
    status, result = running.end()
    assert (status, result.error_code) == (ABORTED, Result.CANCELLED)


def test_stop_ends_a_service_that_moves_the_arm(bench):
    bench.move_arm(FAR_ASIDE, 3.0)
    going = bench.home.call_async(bench.home.srv_type.Request())
    wait_until(lambda: bench.arm_states.speed > 0.2, "the arm to move")
    stop(bench)
    wait_until(going.done, "home to give up")
    assert not going.result().success and going.result().message == "stopped"


def test_services_wait_for_nobody(bench):
    bench.oracle.answer = GraspDetection.ABSENT, []
    bench.oracle.may_answer.clear()
    running = bench.send(instruction="the thing")
    assert bench.oracle.asked.wait(60)
    answers = [bench.trigger(service) for service in (bench.home, bench.open)]
    assert [answer.success for answer in answers] == [False, False]
    assert "a goal is running" in answers[0].message
    bench.oracle.may_answer.set()
    assert running.end()[1].error_code == Result.ABSENT


@pytest.mark.timeout(60 + 60 * REPETITIONS)
def test_clients_that_meet_lock_nothing_up(bench):
    rival = bench.rival
    for _ in range(REPETITIONS):
        bench.oracle.reset()
        bench.oracle.answer = GraspDetection.ABSENT, []
        bench.oracle.may_answer.clear()
        first = bench.send(instruction="the thing")
        assert bench.oracle.asked.wait(60)
        wait_until(rival.server_is_ready, "the rival's server")
        assert bench.send(client=rival, instruction="another").end()[1].error_code == Result.BUSY
        first.cancel()
        assert first.end()[1].error_code == Result.CANCELLED
        bench.oracle.may_answer.set()
        assert bench.send(client=rival, instruction="another").end()[1].error_code == Result.ABSENT


@pytest.mark.timeout(60 + 60 * REPETITIONS)
def test_a_client_that_disappears_leaves_a_working_executor(bench):
    for _ in range(REPETITIONS):
        bench.oracle.reset()
        bench.oracle.answer = GraspDetection.FOUND, [grasp_message(IN_THE_AIR)]
        bench.oracle.may_answer.clear()
        environment = os.environ | {"ROS_DOMAIN_ID": str(bench.domain)}
        subprocess.run([sys.executable, "-c", VANISHING_CLIENT], env=environment, check=True, timeout=120)
        assert bench.oracle.asked.wait(60)
        assert bench.trigger(bench.stop).success
        bench.oracle.may_answer.set()
        assert bench.send(instruction="the thing", plan_only=True).end()[0] == SUCCEEDED


def test_an_executor_that_is_killed_leaves_an_arm_at_rest(bench):
    """The last test of this module: nobody is left to work for the others."""
    moving_arm(bench)
    bench.nodes.kill("executor")
    since = bench.arm_states.stamp_at(time.time_ns())
    wait_until(lambda: bench.arm_states.now > since + 0.5 + WATCHED, "the time after the kill")
    assert bench.arm_states.speed_after(since + 0.5) < MOVING
