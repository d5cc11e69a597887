"""``lggd doctor`` beside a simulator process over DDS, beside one whose camera is elsewhere, and alone."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.time import Time
from sensor_msgs.msg import JointState
from spinning import spinning
from std_msgs.msg import Header

from lggd_ros.doctor.graph import Examination, Heard, robot_checks
from lggd_ros.processes import NodeProcesses, private_domain, ros_environment

DOMAIN = private_domain(80)
ALONE = private_domain(90)


def doctor(domain, *options):
    command = [sys.executable, "-m", "lggd_ros.cli", "doctor", *options]
    done = subprocess.run(command, env=ros_environment(domain), capture_output=True, text=True, timeout=200)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@contextmanager
def node_with(domain, *arguments):
    """A node of this process, spun until the block ends."""
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = Node("examiner", context=context, cli_args=["--ros-args", *arguments] if arguments else None)
    executor = MultiThreadedExecutor(num_threads=3, context=context)
    executor.add_node(node)
    with spinning(executor):
        yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    environment = ros_environment(DOMAIN)
    os.environ.update({key: value for key, value in environment.items() if key != "ROS_DOMAIN_ID"})
    with NodeProcesses(environment, tmp_path_factory.mktemp("logs")) as nodes:
        nodes.start("simulator", "lggd_ros.simulation.node", {"setup": "isolated"}, "simulator.yaml")
        yield nodes


def test_beside_the_simulator_the_robot_is_green(simulator):
    code, lines = doctor(DOMAIN, "--only", "robot", "--wait", "120")
    assert code == 0, lines
    assert all(line.startswith("ok ") for line in lines)
    told = "\n".join(lines)
    assert "colour images: " in told and " Hz, " in told and "reliable" in told
    assert "640x480, 16UC1" in told
    camera = re.search(r"camera_color_optical_frame is at (.+) m in base", told)[1]
    assert [float(part) for part in camera.split(", ")] == pytest.approx([0.5, 0.0, 0.55], abs=3e-3)
    assert "action /fr3_arm_controller/follow_joint_trajectory" in told and "it measures 80 mm" in told


def test_a_missing_camera_is_named_with_what_starts_it(simulator):
    with node_with(DOMAIN, "-r", "camera/camera/color/image_raw:=elsewhere") as node:
        findings = examined_until(node, {"joint states of the arm", "arm", "aligned depth"})
    colour = findings["colour images"]
    assert colour.detail == "nobody publishes /elsewhere" and "camera:=realsense_ros" in colour.remedy
    assert not findings["colour and depth"].fine and not findings["transform of the camera"].fine


def examined_until(node, green):
    """Findings by subject, once these are fine."""
    examination, end = Examination(node, "franka_gripper"), time.monotonic() + 90
    while True:
        findings = {finding.subject: finding for finding in examination.findings()}
        if all(findings[subject].fine for subject in green):
            return findings
        assert time.monotonic() < end, findings
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("numbers", "rate", "share"),
    [((1, 2, 3, 4), 10, 1), ((1, 6, 16, 31), 100, 0.1), ((None, None, None, None), 10, 1)],
    ids=["all arrive", "most are missed", "unknown"],
)
def test_rates_are_of_what_is_sent_not_of_what_a_busy_machine_hears(numbers, rate, share):
    heard = Heard("/joint_states")
    for k, number in enumerate(numbers):
        stamp = Time(seconds=100 + 0.1 * k).to_msg()
        heard.note(JointState(header=Header(stamp=stamp)), {"publication_sequence_number": number})
    assert heard.rate() == pytest.approx(rate) and heard.share() == pytest.approx(share)


def test_nodes_that_do_not_run_are_red(simulator):
    code, lines = doctor(DOMAIN, "--only", "nodes", "--wait", "1")
    assert code == 1
    assert lines[0].startswith("BAD perception: no service /perception/detect_grasps; start perception_node")
    assert lines[1].startswith("BAD executor: no action /execute_grasp")


def test_alone_every_topic_and_server_is_red_with_a_remedy():
    code, lines = doctor(ALONE, "--only", "robot", "--wait", "1", "--namespace", "lab", "--gripper", "fr3_gripper")
    red = [line for line in lines if not line.startswith("ok  controller of the arm: not asked for")]
    assert code == 1 and all(line.startswith("BAD ") and "; " in line for line in red)
    assert any("nobody publishes /lab/franka/joint_states; start the robot's driver" in line for line in lines)
    assert any("no action /lab/fr3_gripper/grasp" in line for line in lines)


def test_a_hand_that_measures_nonsense_is_to_be_homed():
    with node_with(ALONE) as node:
        fingers = node.create_publisher(JointState, "franka_gripper/joint_states", 5)
        node.create_timer(0.05, lambda: fingers.publish(JointState(position=[0.06, 0.06])))
        findings = {finding.subject: finding for finding in robot_checks(node, "franka_gripper", wait=3.0)}
    homing = findings["homing of the hand"]
    assert "120 mm" in homing.detail and "action send_goal /franka_gripper/homing" in homing.remedy
    assert "chrony" in findings["joint states of the fingers"].remedy, "their stamps are of 1970"
