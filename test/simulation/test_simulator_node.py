"""The node in its own process, spoken to over DDS as any other node would."""

import json
import os
import subprocess
import sys
import threading

import cv2
import numpy as np
import pytest
from control_msgs.action import FollowJointTrajectory
from franka_msgs.action import Grasp, Homing, Move
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from waiting import answer, wait_until

from lggd_ros.processes import NodeProcesses, private_domain, ros_environment
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.simulation.conversions import to_duration, to_seconds
from lggd_ros.simulation.mount import CAMERA, OBSERVE_JOINTS
from lggd_ros.tabletop.objects import rotation_of

ABORTED, CANCELED, SUCCEEDED = 6, 5, 4
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
AWAY = OBSERVE_JOINTS + [0.9, 0, 0, 0, 0, 0, 0]
DIVERGING = """
from lggd_ros.simulation import node
from lggd_ros.simulation.world import RobotWorld

def diverge(world, n=1, step=RobotWorld.step):
    world.data.qvel[-6:] = 1e12 if world.time > 0.5 else 0
    step(world, n)

RobotWorld.step = diverge
node.main()
"""


class Client:
    """Keeps the messages of every topic; each wait is bounded and ends as soon as its condition holds."""

    def __init__(self, domain):
        self._context = Context()
        self._context.init(domain_id=domain)
        self.node = Node("client", context=self._context)
        self.messages, self._news, self._actions = {}, threading.Condition(), {}
        self._truth = self.node.create_client(Trigger, "/simulator/ground_truth")
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def close(self):
        self._executor.shutdown()
        self._thread.join()
        self.node.destroy_node()
        self._context.shutdown()

    def listen(self, kind, topic, qos=10):
        def keep(message):
            with self._news:
                self.messages.setdefault(topic, []).append(message)
                self._news.notify_all()

        return self.node.create_subscription(kind, topic, keep, qos)

    def until(self, condition, timeout=60.0):
        with self._news:
            assert self._news.wait_for(condition, timeout)

    def latest(self, topic, after=0.0):
        """The first message stamped later than ``after``."""
        self.until(lambda: any(stamp_of(m) > after for m in self.messages.get(topic, [])))
        return next(m for m in self.messages[topic] if stamp_of(m) > after)

    def answer(self, future, timeout=60.0):
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        assert done.wait(timeout)
        return future.result()

    def truth(self):
        wait_until(self._truth.service_is_ready, "the simulator")
        return json.loads(answer(lambda: self._truth.call_async(Trigger.Request()), "ground truth", 5.0).message)

    def send(self, kind, name, goal, feedback=None):
        if name not in self._actions:
            self._actions[name] = ActionClient(self.node, kind, name)
        assert self._actions[name].wait_for_server(60.0)
        return self.answer(self._actions[name].send_goal_async(goal, feedback_callback=feedback))

    def move_arm(self, positions, seconds, feedback=None):
        points = [JointTrajectoryPoint(positions=list(positions), velocities=[0.0] * 7)]
        points[0].time_from_start = to_duration(seconds)
        trajectory = JointTrajectory(joint_names=[f"fr3_joint{i}" for i in range(1, 8)], points=points)
        goal = FollowJointTrajectory.Goal(trajectory=trajectory)
        return self.send(FollowJointTrajectory, "/fr3_arm_controller/follow_joint_trajectory", goal, feedback)

    def result(self, handle):
        return self.answer(handle.get_result_async())


def stamp_of(message):
    header = message.transforms[0].header if isinstance(message, TFMessage) else message.header
    return to_seconds(header.stamp)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return tmp_path_factory.mktemp("recording")


@pytest.fixture(scope="module")
def client(tmp_path_factory, recording):
    domain = private_domain(1)
    environment = ros_environment(domain)
    os.environ.update({key: value for key, value in environment.items() if key != "ROS_DOMAIN_ID"})
    with NodeProcesses(environment, tmp_path_factory.mktemp("logs")) as nodes:
        parameters = {"setup": "isolated", "seed": 2, "record": str(recording), "record_rate": 2.0}
        nodes.start("simulator", "lggd_ros.simulation.node", parameters, "simulator.yaml")
        client = Client(domain)
        try:
            yield client
        finally:
            client.close()
    video = cv2.VideoCapture(str(recording / "pick.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) > 3
    assert video.read()[1].shape == (480, 640, 3)


def test_ground_truth_tells_the_scene(client):
    truth = client.truth()
    assert [thing["name"] for thing in truth["objects"]] == [truth["target"]]
    assert truth["instruction"] and not truth["objects"][0]["held"]
    assert any(client.truth()["time"] > truth["time"] for _ in range(1000))


def test_camera_topics_match_the_driver(client):
    color, depth = "/camera/camera/color/image_raw", "/camera/camera/aligned_depth_to_color/image_raw"
    infos = ["/camera/camera/color/camera_info", "/camera/camera/aligned_depth_to_color/camera_info"]
    watching = [client.listen(Image, color), client.listen(Image, depth, qos_profile_sensor_data)]
    watching += [client.listen(CameraInfo, topic) for topic in infos]
    stamp = stamp_of(client.latest(color))
    picture, distances = client.latest(color, stamp), client.latest(depth, stamp)
    assert (picture.encoding, distances.encoding) == ("rgb8", "16UC1")
    assert picture.header.frame_id == distances.header.frame_id == "camera_color_optical_frame"
    millimetres = np.frombuffer(distances.data, np.uint16).reshape(distances.height, distances.width)
    assert millimetres.shape == (480, 640) and np.median(millimetres) == pytest.approx(550, abs=2)
    assert len(picture.data) == 480 * 640 * 3 and np.ptp(np.frombuffer(picture.data, np.uint8)) > 20
    for topic in infos:
        np.testing.assert_allclose(np.reshape(client.latest(topic).k, (3, 3)), CAMERA.matrix)
    for subscription in watching:
        client.node.destroy_subscription(subscription)


def test_transforms_lead_from_the_base_to_the_camera(client):
    client.listen(TFMessage, "/tf_static", LATCHED)
    client.listen(TFMessage, "/tf")
    client.until(lambda: client.messages.get("/tf_static") and client.messages.get("/tf"))
    transforms = client.messages["/tf_static"][0].transforms + client.messages["/tf"][-1].transforms
    parents = {t.child_frame_id: (t.header.frame_id, matrix_of(t.transform)) for t in transforms}
    np.testing.assert_allclose(
        chain(parents, "camera_color_optical_frame"),
        [[0, -1, 0, 0.5], [-1, 0, 0, 0], [0, 0, -1, 0.55], [0, 0, 0, 1]],
        atol=2e-3,
    )
    np.testing.assert_allclose(chain(parents, "fr3_hand_tcp")[:3, 3], [0.43, 0, 0.4766], atol=2e-3)
    assert parents["fr3_leftfinger"][1][1, 3] == pytest.approx(0.04, abs=1e-3)


def matrix_of(transform):
    pose, q, t = np.eye(4), transform.rotation, transform.translation
    pose[:3, :3], pose[:3, 3] = rotation_of((q.w, q.x, q.y, q.z)), (t.x, t.y, t.z)
    return pose


def chain(parents, frame):
    pose = np.eye(4)
    while frame != "base":
        frame, step = parents[frame]
        pose = step @ pose
    return pose


def test_the_arm_reaches_its_goal_with_feedback(client):
    client.listen(JointState, "/franka/joint_states")
    feedback = []
    handle = client.move_arm(AWAY, 1.5, feedback.append)
    assert handle.accepted
    result = client.result(handle)
    assert (result.status, result.result.error_code) == (SUCCEEDED, 0)
    assert len(feedback) > 5 and len(feedback[0].feedback.actual.positions) == 7
    state = client.latest("/franka/joint_states", client.truth()["time"])
    np.testing.assert_allclose(state.position, AWAY, atol=0.01)


def test_cancel_brings_the_arm_to_rest(client):
    states = client.messages.setdefault("/franka/joint_states", [])
    client.listen(JointState, "/franka/joint_states")
    client.result(client.move_arm(OBSERVE_JOINTS, 1.5))
    handle = client.move_arm(AWAY, 3.0)
    client.until(lambda: states[-1].velocity[0] > 0.25)
    assert client.answer(handle.cancel_goal_async()).goals_canceling
    assert client.result(handle).status == CANCELED
    state = client.latest("/franka/joint_states", client.truth()["time"])
    assert np.abs(state.velocity).max() < 0.02
    assert state.position[0] < AWAY[0] - 0.05


def test_a_new_goal_replaces_the_running_one(client):
    first = client.move_arm(AWAY, 5.0)
    second = client.move_arm(OBSERVE_JOINTS, 1.0)
    assert client.result(first).status == ABORTED
    assert client.result(second).status == SUCCEEDED


def test_a_goal_for_unknown_joints_is_aborted_with_its_code(client):
    goal = FollowJointTrajectory.Goal(trajectory=JointTrajectory(joint_names=["elbow"]))
    handle = client.send(FollowJointTrajectory, "/fr3_arm_controller/follow_joint_trajectory", goal)
    result = client.result(handle)
    assert result.status == ABORTED
    assert result.result.error_code == FollowJointTrajectory.Result.INVALID_JOINTS
    assert "fr3_joint1" in result.result.error_string


def test_the_gripper_follows_frankas_rules(client):
    client.listen(JointState, "/franka_gripper/joint_states")
    assert client.result(client.send(Homing, "/franka_gripper/homing", Homing.Goal())).result.success
    feedback = []
    moved = client.result(client.send(Move, "/franka_gripper/move", Move.Goal(width=0.02, speed=0.1), feedback.append))
    assert moved.status == SUCCEEDED and moved.result.success
    assert 0.01 < feedback[0].feedback.current_width <= 0.081
    state = client.latest("/franka_gripper/joint_states", client.truth()["time"])
    assert list(state.name) == ["fr3_finger_joint1", "fr3_finger_joint2"]
    assert sum(state.position) == pytest.approx(0.02, abs=1e-3)
    missed = client.result(client.send(Grasp, "/franka_gripper/grasp", Grasp.Goal(width=0.01, speed=0.1, force=20.0)))
    assert missed.status == ABORTED and not missed.result.success and "outside" in missed.result.error


def test_the_gripper_stops_on_cancel_and_on_request(client):
    client.result(client.send(Move, "/franka_gripper/move", Move.Goal(width=0.08, speed=0.2)))
    handle = client.send(Move, "/franka_gripper/move", Move.Goal(width=0.0, speed=0.01))
    handle.cancel_goal_async()
    assert client.result(handle).status == CANCELED
    handle = client.send(Move, "/franka_gripper/move", Move.Goal(width=0.0, speed=0.01))
    stop = client.node.create_client(Trigger, "/franka_gripper/stop")
    assert stop.wait_for_service(30.0)
    assert client.answer(stop.call_async(Trigger.Request())).success
    result = client.result(handle)
    assert result.status == ABORTED and result.result.error == "stopped"


def test_impossible_gripper_goals_say_why(client):
    result = client.result(client.send(Move, "/franka_gripper/move", Move.Goal(width=0.2, speed=0.1)))
    assert result.status == ABORTED and "width is 0.2" in result.result.error


def test_a_simulator_whose_physics_diverge_ends_and_says_so(tmp_path):
    command = [sys.executable, "-c", DIVERGING, "--ros-args", "-p", "setup:=isolated"]
    environment = ros_environment(private_domain(2))
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert ended.returncode == 1
    assert "PhysicsError: the simulated physics diverged" in ended.stderr
