"""Silence of a topic over DDS."""

import time

import pytest
from sensor_msgs.msg import CameraInfo

from lggd_ros.execution.interfaces import PerceptionError
from lggd_ros.robot.heartbeat import Heartbeat


def test_a_topic_that_speaks_is_alive_and_one_that_stops_is_named(make_node):
    speaker, listener = make_node("camera"), make_node("listener")
    publisher = speaker.create_publisher(CameraInfo, "/camera_info", 10)
    timer = speaker.create_timer(0.05, lambda: publisher.publish(CameraInfo()))
    heartbeat = Heartbeat(listener, CameraInfo, "camera_info", 1.0, "is the camera plugged in?")
    end = time.monotonic() + 20
    while heartbeat._heard is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    heartbeat.check()
    timer.cancel()
    with pytest.raises(PerceptionError, match="nothing arrived on /camera_info for 1.* s; is the camera plugged in"):
        while time.monotonic() < end + 20:
            heartbeat.check()
            time.sleep(0.01)


def test_a_topic_that_never_spoke_gets_its_time_from_the_first_question(make_node):
    heartbeat = Heartbeat(make_node("listener"), CameraInfo, "camera_info", 0.2, "?")
    heartbeat.check()
    with pytest.raises(PerceptionError, match="nothing arrived"):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            heartbeat.check()
