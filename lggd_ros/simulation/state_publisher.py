"""Clock, joint states and transforms of the simulated robot, as the real drivers publish them."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from lggd_ros.robot.joints import JOINT_STATES
from lggd_ros.robot.poses import OPTICAL_TO_BODY
from lggd_ros.simulation.conversions import to_time, to_transform_stamped
from lggd_ros.simulation.mount import CAMERA_FRAME, HAND_TO_CAMERA, HAND_TO_TCP
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.simulation.world import RobotWorld

TICKS_PER_STATE = 2

# Parent and child frame with the bodies that carry them.
MOVING = [((f"fr3_link{i}", f"fr3_link{i}"), (f"fr3_link{i + 1}", f"fr3_link{i + 1}")) for i in range(7)] + [
    (("fr3_hand", "hand"), ("fr3_leftfinger", "left_finger")),
    (("fr3_hand", "hand"), ("fr3_rightfinger", "right_finger")),
]


def fixed_frames(flange_to_hand: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    """Parent, child and pose (4, 4) of the frames that never move; ``flange_to_hand`` from the model."""
    to_flange = np.eye(4)
    to_flange[2, 3] = flange_to_hand[2, 3]
    return [
        ("base", "fr3_link0", np.eye(4)),
        ("fr3_link7", "fr3_link8", to_flange),
        ("fr3_link8", "fr3_hand", np.linalg.inv(to_flange) @ flange_to_hand),
        ("fr3_hand", "fr3_hand_tcp", HAND_TO_TCP),
        ("fr3_hand", "camera_link", HAND_TO_CAMERA @ OPTICAL_TO_BODY),
        ("camera_link", CAMERA_FRAME, np.linalg.inv(OPTICAL_TO_BODY)),
    ]


class StatePublisher:
    """Call ``publish`` once per tick of the physics."""

    def __init__(self, node: Node, world: RobotWorld, gripper: str):
        self._clock = node.create_publisher(Clock, "/clock", 10)
        self._arm = [node.create_publisher(JointState, topic, 10) for topic in (f"/{JOINT_STATES}", "/joint_states")]
        self._fingers = node.create_publisher(JointState, f"{gripper}/joint_states", 10)
        self._tf = node.create_publisher(TFMessage, "/tf", 100)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._tf_static = node.create_publisher(TFMessage, "/tf_static", latched)
        self._ticks = 0
        self._publish_fixed(world)

    def publish(self, world: RobotWorld) -> None:
        """The time now; and every second tick the state."""
        stamp = to_time(world.time)
        self._clock.publish(Clock(clock=stamp))
        if self._ticks % TICKS_PER_STATE == 0:
            self._publish_joints(world, Header(stamp=stamp))
            self._publish_moving(world, stamp)
        self._ticks += 1

    def _publish_joints(self, world: RobotWorld, header: Header) -> None:
        arm, fingers = JointState(header=header, name=ARM_JOINTS), JointState(header=header)
        arm.position, arm.velocity = world.joint_positions.tolist(), world.joint_velocities.tolist()
        fingers.name = ["fr3_finger_joint1", "fr3_finger_joint2"]
        fingers.position, fingers.velocity = world.gripper.fingers.tolist(), world.gripper.finger_velocities.tolist()
        for publisher in self._arm:
            publisher.publish(arm)
        self._fingers.publish(fingers)

    def _publish_moving(self, world: RobotWorld, stamp: Time) -> None:
        transforms = [
            to_transform_stamped(parent, child, relative_pose(world, parent_body, body), stamp)
            for (parent, parent_body), (child, body) in MOVING
        ]
        self._tf.publish(TFMessage(transforms=transforms))

    def _publish_fixed(self, world: RobotWorld) -> None:
        stamp = to_time(world.time)
        frames = fixed_frames(relative_pose(world, "fr3_link7", "hand"))
        self._tf_static.publish(TFMessage(transforms=[to_transform_stamped(*frame, stamp) for frame in frames]))


def relative_pose(world: RobotWorld, parent: str, child: str) -> np.ndarray:
    """Pose (4, 4) of one body in the frame of another."""
    return np.linalg.inv(world.body_pose(parent)) @ world.body_pose(child)
