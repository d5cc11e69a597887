"""A camera frame is larger than Fast DDS's default shared-memory segment; with the shipped profile frames arrive."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

from lggd_ros.processes import private_domain

PROFILE = Path(__file__).parents[2] / "config" / "fastdds.xml"
FRAMES = 30
CAMERA = """
import itertools, time, rclpy
from sensor_msgs.msg import Image

rclpy.init()
publisher = rclpy.create_node("camera").create_publisher(Image, "color/image_raw", 10)
for index in itertools.count():
    image = Image(height=480, width=640, encoding="rgb8", step=3 * 640, data=bytes([index % 256]) * (480 * 640 * 3))
    image.header.stamp.sec = index
    publisher.publish(image)
    time.sleep(1 / 30)
"""


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("FASTRTPS_DEFAULT_PROFILES_FILE", str(PROFILE))
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("ROS_DOMAIN_ID", str(private_domain(1)))


@pytest.fixture
def camera(environment):
    with subprocess.Popen([sys.executable, "-c", CAMERA]) as process:
        yield
        process.kill()


@pytest.fixture
def node(environment):
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node("viewer", context=context)
    yield node
    node.destroy_node()
    context.shutdown()


def test_camera_frames_cross_processes_whole(node, camera):
    received = []
    node.create_subscription(Image, "color/image_raw", received.append, qos_profile_sensor_data)
    spin_until(node, lambda: len(received) >= FRAMES, timeout=60)
    numbers = [image.header.stamp.sec for image in received]
    assert numbers[-1] - numbers[0] < 1.2 * FRAMES
    assert all(bytes(image.data) == bytes([image.header.stamp.sec % 256]) * (480 * 640 * 3) for image in received)


def spin_until(node, condition, timeout):
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "nothing arrived"
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
