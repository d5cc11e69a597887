"""Simulator and executor as processes; in this process an oracle in place of perception, a client and a recorder."""

import json
import os
import threading
import time

import numpy as np
import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import JointState
from spinning import spinning
from std_msgs.msg import Header
from std_srvs.srv import Trigger
from visualization_msgs.msg import MarkerArray
from waiting import TIMEOUT, answer, wait_until

from lggd_ros.execution.interfaces import CancelToken
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.processes import NodeProcesses, private_domain, ros_environment
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.robot.arm import RosArm
from lggd_ros.robot.clouds import cloud_message
from lggd_ros.robot.gripper import RosGripper
from lggd_ros.robot.poses import pose_message
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.tabletop.scenes import make_scene
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.msg import Grasp, GraspDetection
from lggd_ros_msgs.srv import DetectGrasps, ScenePoints

SETUP, SEED = "isolated", 19
LOST_AFTER = 30.0
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")
NOTHING = np.empty((0, 3))
REST_SPEED = 0.01  # rad/s for the arm, m/s for the fingers


def top_down(x, y, z):
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = x, y, z
    return pose


def grasp_message(pose, opening=0.06, object_width=0.03, frame="base"):
    stamped = PoseStamped(header=Header(frame_id=frame), pose=pose_message(pose))
    return Grasp(pose=stamped, opening=opening, object_width=object_width, quality=1.0)


class Recorder:
    """Every joint state of a topic as (stamp, positions, speed, nanoseconds of wall clock at which it was sent)."""

    def __init__(self, node, topic, names):
        self.names, self.states = names, []
        node.create_subscription(JointState, topic, self._note, 100, callback_group=ReentrantCallbackGroup())

    def _note(self, message, info):
        index = [message.name.index(name) for name in self.names]
        stamp = Time.from_msg(message.header.stamp).nanoseconds * 1e-9
        speed = np.abs(np.array(message.velocity)[index]).max()
        self.states.append((stamp, np.array(message.position)[index], speed, info["source_timestamp"]))

    @property
    def now(self):
        return self.states[-1][0]

    @property
    def speed(self):
        return self.states[-1][2]

    def stamp_at(self, moment):
        """The simulated moment of the last state that was sent before a moment of wall clock. By then this process may
        have heard older ones only, where others kept it waiting."""
        wait_until(lambda: self.states[-1][3] > moment, "a joint state sent later")
        return max(stamp for stamp, _, _, sent in list(self.states) if sent <= moment)

    def speed_after(self, moment):
        """The greatest after a simulated moment."""
        return max((speed for stamp, _, speed, _ in list(self.states) if stamp > moment), default=0.0)

    def seconds_to_rest(self, since):
        """Simulated seconds after ``since`` at which the joints moved for the last time."""
        moving = [stamp for stamp, _, speed, _ in list(self.states) if stamp > since and speed > REST_SPEED]
        return max(moving, default=since) - since


class Oracle:
    """Perception by decree: ``answer`` is (status, poses in the base frame as Grasp messages), ``target`` the points of
    the thing, ``scene`` what a second look sees."""

    def __init__(self, node):
        self.may_answer, self.asked, self._clock = threading.Event(), threading.Event(), node.get_clock()
        self.reset()
        group = ReentrantCallbackGroup()
        node.create_service(DetectGrasps, "/perception/detect_grasps", self._detect, callback_group=group)
        node.create_service(ScenePoints, "/perception/scene_points", self._see, callback_group=group)

    def reset(self):
        self.answer, self.success, self.message = (GraspDetection.FOUND, []), True, "by decree"
        self.target = self.scene = NOTHING
        self.may_answer.set()
        self.asked.clear()

    def _detect(self, request, response):
        self.asked.set()
        assert self.may_answer.wait(TIMEOUT)
        status, grasps = self.answer
        header = Header(frame_id="base", stamp=self._clock.now().to_msg())
        response.success, response.message = self.success, self.message
        response.detection = GraspDetection(header=header, status=status, grasps=grasps, message=self.message)
        response.obstacles, response.target = cloud_message(NOTHING, header), cloud_message(self.target, header)
        return response

    def _see(self, _, response):
        response.success, response.points = True, cloud_message(self.scene, Header(frame_id="base"))
        return response


class Bench:
    def __init__(self, logs):
        self.domain = private_domain()
        environment = ros_environment(self.domain)
        os.environ.update({k: v for k, v in environment.items() if k != "ROS_DOMAIN_ID"})
        self.nodes = NodeProcesses(environment, logs)

    def __enter__(self):
        self.nodes.__enter__()
        self._start_simulator()
        self.context = Context()
        rclpy.init(context=self.context, domain_id=self.domain)
        simulated = Parameter("use_sim_time", value=True)
        self.node = Node("bench", context=self.context, parameter_overrides=[simulated])
        self._make_endpoints()
        self._executor = MultiThreadedExecutor(num_threads=6, context=self.context)
        self._executor.add_node(self.node)
        self._spinning = spinning(self._executor)
        self._spinning.__enter__()
        wait_until(lambda: self.arm_states.states and self.finger_states.states, "joint states")
        self._start_executor()
        return self

    def _start_simulator(self, at=0.0):
        scene = {"setup": SETUP, "seed": SEED, "start_time": at}
        self.nodes.start("simulator", "lggd_ros.simulation.node", scene, "simulator.yaml")

    def tidy(self):
        """A new simulator with the scene as it was made, where something was moved; its clock goes on."""
        made = {placed.model.name: placed.pose for placed in make_scene(SETUP, SEED, "test").objects}
        if all(np.allclose(thing["pose"], made[thing["name"]], atol=0.01) for thing in self.ground_truth()["objects"]):
            return
        self.nodes.stop("simulator")
        at = self.arm_states.now + 1.0
        self._start_simulator(at)
        wait_until(lambda: self.arm_states.now > at and self.finger_states.now > at, "joint states")
        wait_until(lambda: self.trigger(self.home).success, "the executor to see them")

    def _start_executor(self):
        self.nodes.start("executor", "lggd_ros.nodes.executor", {"use_sim_time": True}, "executor.yaml")
        wait_until(self._is_connected, "the executor")
        refused = answer(lambda: self.client.send_goal_async(ExecuteGrasp.Goal()), "the executor's answer", 5.0)
        code = answer(refused.get_result_async, "the executor's result", 5.0).result.error_code
        assert code == ExecuteGrasp.Result.INVALID_GOAL, "a goal without an instruction moves nothing"

    def _is_connected(self):
        self.nodes.check()
        return self.client.server_is_ready() and self.node.count_clients("/perception/detect_grasps")

    def __exit__(self, *_):
        self._spinning.__exit__(None, None, None)
        self.node.destroy_node()
        self.context.try_shutdown()
        self.nodes.__exit__()

    def _make_endpoints(self):
        self.arm_states = Recorder(self.node, "/joint_states", ARM_JOINTS)
        self.finger_states = Recorder(self.node, "/franka_gripper/joint_states", FINGERS)
        self.arm = RosArm(self.node, "fr3_arm_controller", ARM_JOINTS)
        self.gripper = RosGripper(self.node, "franka_gripper", FINGERS, speed=0.1)
        self.oracle, self.shown = Oracle(self.node), []
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.node.create_subscription(MarkerArray, "/executor/markers", self._show, latched)
        group = ReentrantCallbackGroup()
        self.truth, self.home, self.open, self.stop = (
            self.node.create_client(Trigger, name, callback_group=group)
            for name in ("/simulator/ground_truth", "/executor/home", "/executor/open", "/executor/stop")
        )
        # Both stay to the end: a client that is destroyed while others are served may end the executor's thread.
        self.client, self.rival = (
            ActionClient(self.node, ExecuteGrasp, "/execute_grasp", callback_group=ReentrantCallbackGroup())
            for _ in range(2)
        )

    def _show(self, markers):
        self.shown = [marker.text for marker in markers.markers if marker.text]

    def ground_truth(self):
        return json.loads(self.trigger(self.truth).message)

    def trigger(self, client):
        """The answer of a service."""
        wait_until(client.service_is_ready, client.srv_name)
        return answer(lambda: client.call_async(Trigger.Request()), client.srv_name, LOST_AFTER)

    def move_arm(self, joints, seconds=1.0):
        start = self.arm.joint_positions()
        still = np.zeros((2, 7))
        ends = np.stack([start, np.asarray(joints)])
        self.arm.execute(JointTrajectory(ARM_JOINTS, np.array([0.0, seconds]), ends, still, still), CancelToken())

    def set_aside(self):
        """Arm aside, hand nearly closed and empty: every stage then has something to do."""
        self.gripper.move(0.08, CancelToken())
        self.gripper.move(0.01, CancelToken())
        self.move_arm(OBSERVE_JOINTS + [0.5, 0, 0, 0, 0, 0, 0])

    def true_grasps(self):
        """Grasps of the scene's target."""
        scene = make_scene(SETUP, SEED, "test")
        target = next(placed for placed in scene.objects if placed.model.name == scene.target)
        return [grasp_message(g.pose, g.opening, g.object_width) for g in target.grasps[:5]]

    def send(self, client=None, **goal):
        return Running(self, ExecuteGrasp.Goal(**goal), client or self.client)


class Running:
    """One goal on its way."""

    def __init__(self, bench, goal, client):
        self._bench, self.stages = bench, []
        sent = client.send_goal_async(goal, feedback_callback=self._note)
        wait_until(sent.done, "acceptance")
        self.handle = sent.result()
        assert self.handle.accepted
        self._result = self.handle.get_result_async()

    def _note(self, message):
        self.stages.append(message.feedback.stage)

    def reach(self, stage):
        wait_until(lambda: stage in self.stages or self._result.done(), f"stage {stage}")
        assert stage in self.stages, f"ended before {stage}: {self._result.result().result.message}"

    def cancel(self):
        """Ask to cancel; returns the simulated moment at which it was heard to be accepted."""
        answered = self.handle.cancel_goal_async()
        wait_until(answered.done, "the answer to the cancel")
        assert answered.result().goals_canceling
        return self._bench.arm_states.stamp_at(time.time_ns())

    def end(self):
        wait_until(self._result.done, "the result")
        return self._result.result().status, self._result.result().result


CANCELED, SUCCEEDED, ABORTED = (
    GoalStatus.STATUS_CANCELED,
    GoalStatus.STATUS_SUCCEEDED,
    GoalStatus.STATUS_ABORTED,
)
