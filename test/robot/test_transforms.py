"""The listener over DDS: it waits for what is on its way, and names what never comes."""

import threading
import time

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from lggd_ros.execution.interfaces import Cancelled, CancelToken
from lggd_ros.robot.transforms import TransformError, listen


def stamped(parent, child, seconds, x):
    transform = TransformStamped(header=Header(stamp=Time(sec=seconds), frame_id=parent), child_frame_id=child)
    transform.transform.translation.x = x
    return TFMessage(transforms=[transform])


class Broadcaster:
    def __init__(self, node):
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._moving = node.create_publisher(TFMessage, "/tf", 100)
        node.create_publisher(TFMessage, "/tf_static", latched).publish(stamped("link", "camera", 0, 1.0))

    def move(self, seconds, x):
        end = time.monotonic() + 10
        while not self._moving.get_subscription_count() and time.monotonic() < end:
            time.sleep(0.01)
        self._moving.publish(stamped("base", "link", seconds, x))


@pytest.fixture
def broadcaster(make_node):
    return Broadcaster(make_node("broadcaster"))


@pytest.fixture
def transforms(make_node):
    return listen(make_node("listener"))


def test_a_transform_that_is_still_on_its_way_is_waited_for(broadcaster, transforms):
    broadcaster.move(10, 0.0)
    later = threading.Timer(0.3, broadcaster.move, (12, 2.0))
    later.start()
    pose = transforms.lookup("base", "camera", Time(sec=11), 10.0, CancelToken())
    later.join()
    assert np.allclose(pose[:3, 3], [2.0, 0, 0])


def test_what_never_comes_is_named(broadcaster, transforms):
    broadcaster.move(10, 0.0)
    transforms.lookup("base", "camera", Time(sec=10), 10.0, CancelToken())
    with pytest.raises(TransformError, match="from 'camera' to 'base': 'base' -> 'link' .* not at 11.000 s"):
        transforms.lookup("base", "camera", Time(sec=11), 0.1, CancelToken())
    with pytest.raises(TransformError, match="'nowhere'"):
        transforms.lookup("base", "nowhere", Time(sec=10), 0.1, CancelToken())


def test_cancel_ends_the_wait(transforms):
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()
    with pytest.raises(Cancelled):
        transforms.lookup("base", "camera", Time(sec=10), 60.0, token)
