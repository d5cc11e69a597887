"""The running graph: topics with rate, age and QoS, transforms, servers. Asks and listens; moves nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSCompatibility, qos_check_compatible
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image, JointState

from lggd_ros.doctor.controllers import ControllerState
from lggd_ros.doctor.finding import Finding
from lggd_ros.execution.interfaces import CancelToken
from lggd_ros.robot.joints import JOINT_STATES
from lggd_ros.robot.snapshot import NEWEST_ONLY, RECENT
from lggd_ros.robot.transforms import TransformError, listen

BASE, TIP = "base", "fr3_hand_tcp"
MAX_AGE, MAX_SILENCE, MAX_SKEW, MAX_OPENING = 1.0, 3.0, 0.05, 0.082
MIN_ARRIVING = 1.0  # messages per second
CAMERA, ROBOT = "start the camera (camera:=realsense_ros or pyrealsense2)", "start the robot's driver (robot_ip:=…)"
ALIGNED = "start realsense2_camera with align_depth.enable:=true"
SPAWNER = "ros2 run controller_manager spawner fr3_arm_controller"
HAND = "start franka_gripper, or name its namespace: gripper:=fr3_gripper, lggd doctor --gripper fr3_gripper"
NETWORK = "compare ROS_DOMAIN_ID, ROS_AUTOMATIC_DISCOVERY_RANGE, firewall and DDS profile of both machines"


@dataclass(frozen=True)
class Topic:
    """What should be there, at this rate or faster."""

    title: str
    name: str
    kind: type
    min_rate: float
    remedy: str


@dataclass
class Heard:
    """What arrived on a topic: the newest message, when (monotonic seconds), and the last stamps and numbers.

    A number says how many messages the publisher has sent. Not every middleware tells it; then all seem to arrive.
    """

    topic: str
    newest: Any = None
    arrival: float = 0.0
    stamps: deque[float] = field(default_factory=lambda: deque(maxlen=50))
    numbers: deque[int] = field(default_factory=lambda: deque(maxlen=50))

    def note(self, message: Any, info: Mapping[str, int | None]) -> None:
        """A message arrived, with what rclpy knows about it."""
        number = info["publication_sequence_number"]
        self.numbers.append((self.numbers[-1] + 1 if self.numbers else 0) if number is None else number)
        self.stamps.append(Time.from_msg(message.header.stamp).nanoseconds * 1e-9)
        self.newest, self.arrival = message, time.monotonic()

    def rate(self) -> float:
        """Messages sent per second of the clock that stamps them, so that neither a simulator's own pace counts nor
        how many of them a busy machine misses."""
        stamps, numbers = list(self.stamps), list(self.numbers)
        return (numbers[-1] - numbers[0]) / (stamps[-1] - stamps[0]) if stamps and stamps[-1] > stamps[0] else 0.0

    def share(self) -> float:
        """Share of the messages sent that arrive."""
        numbers = list(self.numbers)
        return (len(numbers) - 1) / (numbers[-1] - numbers[0]) if numbers and numbers[-1] > numbers[0] else 1.0


COLOUR = Topic("colour images", "camera/camera/color/image_raw", Image, 2.0, CAMERA)
DEPTH = Topic("aligned depth", "camera/camera/aligned_depth_to_color/image_raw", Image, 2.0, ALIGNED)
INFO = Topic("camera info", "camera/camera/color/camera_info", CameraInfo, 2.0, CAMERA)
ARM = Topic("joint states of the arm", JOINT_STATES, JointState, 10.0, ROBOT)


def robot_checks(node: Node, gripper: str, wait: float) -> list[Finding]:
    """Camera, arm and hand. Returns as soon as all is fine, at the latest after ``wait`` seconds."""
    examination = Examination(node, gripper)
    return _settled(lambda: list(examination.findings()), wait)


def node_checks(node: Node, wait: float) -> list[Finding]:
    """Perception and executor."""
    perception = "start perception_node, or activate it: ros2 lifecycle set /perception activate"
    servers = [
        Server("perception", "perception/detect_grasps", perception, action=False),
        Server("executor", "execute_grasp", "start executor_node"),
    ]
    return _settled(lambda: list(_served(node, servers)), wait)


class Examination:
    """Of robot and camera; listens from its start on. ``gripper``: namespace of the hand's actions."""

    def __init__(self, node: Node, gripper: str):
        self._node, self._gripper = node, gripper
        fingers = Topic("joint states of the fingers", f"{gripper}/joint_states", JointState, 5.0, HAND)
        self._fingers = fingers
        self._transforms, self._controllers = listen(node), ControllerState(node)
        self._heard = {topic: self._subscribe(topic) for topic in (COLOUR, DEPTH, INFO, ARM, fingers)}

    def _subscribe(self, topic: Topic) -> Heard:
        heard = Heard(self._node.resolve_topic_name(topic.name))
        note: Any = heard.note  # rclpy's types do not know that a callback may ask for more than the message
        self._node.create_subscription(topic.kind, topic.name, note, NEWEST_ONLY)
        return heard

    def findings(self) -> Iterator[Finding]:
        """As things are now."""
        self._follow_clock()
        for topic, heard in self._heard.items():
            yield self._topic(topic, heard)
        yield self._images()
        yield self._transform("the hand", TIP, Time().to_msg(), ROBOT)
        yield self._camera_transform()
        yield from _served(self._node, _robot_servers(self._gripper))
        yield self._controllers.finding()
        yield self._opening()

    def _follow_clock(self) -> None:
        """A simulator's stamps are simulated time."""
        simulated = self._node.count_publishers("/clock") > 0
        self._node.set_parameters([Parameter("use_sim_time", value=simulated)])

    def _topic(self, topic: Topic, heard: Heard) -> Finding:
        publishers = self._node.get_publishers_info_by_topic(heard.topic)
        if not publishers:
            return Finding(topic.title, f"nobody publishes {heard.topic}", topic.remedy)
        for publisher in publishers:
            compatible, reason = qos_check_compatible(publisher.qos_profile, NEWEST_ONLY)
            if compatible == QoSCompatibility.ERROR:
                return Finding(topic.title, f"the QoS of {heard.topic} does not fit: {reason}", topic.remedy)
        if heard.newest is None:
            return Finding(topic.title, f"{heard.topic} is published, but nothing arrives", NETWORK)
        return self._pace(topic, heard, publishers[0].qos_profile.reliability.name.lower().replace("_", " "))

    def _pace(self, topic: Topic, heard: Heard, reliability: str) -> Finding:
        rate, share, age = (
            heard.rate(),
            heard.share(),
            self._node.get_clock().now().nanoseconds * 1e-9 - heard.stamps[-1],
        )
        detail = f"{rate:.1f} Hz, {1000 * max(age, 0):.0f} ms old, {reliability}"
        if time.monotonic() - heard.arrival > MAX_SILENCE:
            return Finding(topic.title, f"{heard.topic} fell silent", topic.remedy)
        if abs(age) > MAX_AGE:
            return Finding(topic.title, detail, "set the clocks of both machines (chrony), or use_sim_time")
        if rate < topic.min_rate:
            return Finding(
                topic.title, f"{detail}; {topic.min_rate:.0f} Hz are needed", f"{topic.remedy}, at a higher rate"
            )
        if rate * share < MIN_ARRIVING:
            return Finding(topic.title, f"{detail}; {100 * share:.0f} % arrive", f"{NETWORK}; is the CPU busy?")
        return Finding(topic.title, detail)

    def _images(self) -> Finding:
        colour, depth, info = (self._heard[topic].newest for topic in (COLOUR, DEPTH, INFO))
        title = "colour and depth"
        if not (colour and depth and info):
            return Finding(title, "not both there", CAMERA)
        sizes = {f"{message.width}x{message.height}" for message in (colour, depth, info)}
        if len(sizes) > 1:
            return Finding(title, f"sizes differ: {', '.join(sorted(sizes))}", ALIGNED)
        newest = (list(self._heard[topic].stamps)[-RECENT:] for topic in (COLOUR, DEPTH))
        skew = min(abs(one - other) for one, other in product(*newest))
        if skew > MAX_SKEW:
            return Finding(title, f"{1000 * skew:.0f} ms apart", "run both at the same rate, with enable_sync:=true")
        return Finding(title, f"{sizes.pop()}, {depth.encoding}, {1000 * skew:.0f} ms apart")

    def _camera_transform(self) -> Finding:
        """At the image's stamp: that is what grasps are carried into the base with."""
        colour = self._heard[COLOUR].newest
        if colour is None:
            return Finding("transform of the camera", "its frame is not known without an image", CAMERA)
        remedy = "lggd calibrate, then grasp.launch.py hand_eye:=FILE"
        return self._transform("the camera", colour.header.frame_id, colour.header.stamp, remedy)

    def _transform(self, what: str, frame: str, stamp: Any, remedy: str) -> Finding:
        title = f"transform of {what}"
        try:
            pose = self._transforms.lookup(BASE, frame, stamp, 0.2, CancelToken())
        except TransformError as error:
            return Finding(title, str(error), remedy)
        x, y, z = pose[:3, 3]
        return Finding(title, f"{frame} is at {x:.3f}, {y:.3f}, {z:.3f} m in {BASE}")

    def _opening(self) -> Finding:
        """franka_gripper does not tell whether it is homed; an opening beyond the hand's own shows that it is not."""
        title, fingers = "homing of the hand", self._heard[self._fingers].newest
        if fingers is None:
            return Finding(title, "its opening is not known", HAND)
        opening = sum(fingers.position)
        if -1e-3 <= opening <= MAX_OPENING:
            return Finding(title, f"it measures {1000 * opening:.0f} mm; the executor checks more, by opening it fully")
        homing = f"{self._node.resolve_service_name(self._gripper)}/homing"
        home = f"ros2 action send_goal {homing} franka_msgs/action/Homing {{}}"
        return Finding(title, f"it measures {1000 * opening:.0f} mm, so it is not homed", home)


@dataclass(frozen=True)
class Server:
    """A service or, with ``action``, an action that must be served."""

    title: str
    name: str
    remedy: str
    action: bool = True


def _robot_servers(gripper: str) -> list[Server]:
    arm = Server("arm", "fr3_arm_controller/follow_joint_trajectory", SPAWNER)
    recovery = Server("arm, recovery", "action_server/error_recovery", ROBOT)
    hand = [Server(f"hand, {name}", f"{gripper}/{name}", HAND) for name in ("homing", "move", "grasp")]
    return [arm, recovery, *hand, Server("hand, stop", f"{gripper}/stop", HAND, action=False)]


def _served(node: Node, servers: list[Server]) -> Iterator[Finding]:
    """An action is there when its goals are taken."""
    for server in servers:
        kind, suffix = ("action", "/_action/send_goal") if server.action else ("service", "")
        name = node.resolve_service_name(server.name)
        if node.count_services(name + suffix):
            yield Finding(server.title, f"{kind} {name}")
        else:
            yield Finding(server.title, f"no {kind} {name}", server.remedy)


def _settled(look: Callable[[], list[Finding]], wait: float) -> list[Finding]:
    """Look until all is fine, or the time is over."""
    deadline = time.monotonic() + wait
    while True:
        findings = look()
        if all(finding.fine for finding in findings) or time.monotonic() > deadline:
            return findings
        time.sleep(0.2)
