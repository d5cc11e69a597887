"""A base frame that is not the robot's base is refused, over DDS."""

import pytest
from geometry_msgs.msg import TransformStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from lggd_ros.execution.interfaces import CancelToken
from lggd_ros.robot import base
from lggd_ros.robot.base import check_base
from lggd_ros.robot.transforms import TransformError, listen


@pytest.fixture
def transforms(make_node):
    """Of a robot that stands on a table, in a room."""
    to_base = TransformStamped(header=Header(frame_id="base"), child_frame_id="fr3_link0")
    to_room = TransformStamped(header=Header(frame_id="room"), child_frame_id="base")
    to_room.transform.translation.z = 0.8
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = make_node("robot").create_publisher(TFMessage, "/tf_static", latched)
    publisher.publish(TFMessage(transforms=[to_base, to_room]))
    return listen(make_node("listener"))


@pytest.mark.parametrize("frame", ["base", "fr3_link0"])
def test_the_robots_base_is_one(transforms, frame):
    check_base(transforms, frame, CancelToken())


def test_another_frame_is_refused_with_the_remedy(transforms):
    with pytest.raises(ValueError, match=r"at \(0.000, 0.000, 0.800\) m in base_frame 'room', .* such as fr3_link0"):
        check_base(transforms, "room", CancelToken())


def test_a_frame_that_nobody_knows_is_named(transforms, monkeypatch):
    monkeypatch.setattr(base, "TRANSFORM_TIMEOUT", 0.2)
    with pytest.raises(TransformError, match="'bse'"):
        check_base(transforms, "bse", CancelToken())
