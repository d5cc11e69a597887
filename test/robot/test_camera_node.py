"""The camera node over DDS: a recording in a process of its own, and a software camera that is pulled out."""

import threading
import time
from contextlib import ExitStack

import numpy as np
import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from software_camera import BASELINE, COLOUR_FOCAL, TOP, SoftwareCamera, record
from tf2_msgs.msg import TFMessage

from lggd_ros.nodes.camera import OPTICAL_FRAME, Camera
from lggd_ros.processes import NodeProcesses, private_domain, ros_environment
from lggd_ros.robot.images import image_to_numpy
from lggd_ros.robot.poses import matrix
from lggd_ros.robot.realsense import CameraError

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TOPICS = {
    "/camera/camera/color/image_raw": Image,
    "/camera/camera/aligned_depth_to_color/image_raw": Image,
    "/camera/camera/color/camera_info": CameraInfo,
    "/camera/camera/aligned_depth_to_color/camera_info": CameraInfo,
}
COLOUR, DEPTH, INFO, _ = TOPICS


class Viewer:
    def __init__(self, domain):
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node, self.newest = Node("viewer", context=self._context), {}
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        for topic, kind in TOPICS.items():
            self._node.create_subscription(kind, topic, self._keep(topic), 5)
        self._node.create_subscription(TFMessage, "/tf_static", self._keep("/tf_static"), LATCHED)

    def _keep(self, topic):
        return lambda message: self.newest.update({topic: message})

    def wait(self, condition, what, timeout=90.0):
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f"waited {timeout} s for {what}"
            self._executor.spin_once(timeout_sec=0.1)

    def wait_for_all(self):
        self.wait(lambda: {*TOPICS, "/tf_static"} <= set(self.newest), "every topic")

    def close(self):
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.try_shutdown()


@pytest.fixture
def domain(monkeypatch):
    domain = private_domain(60)
    environment = ros_environment(domain)
    for key in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "FASTRTPS_DEFAULT_PROFILES_FILE"):
        monkeypatch.setenv(key, environment[key])
    return domain


@pytest.fixture
def viewer(domain):
    viewer = Viewer(domain)
    yield viewer
    viewer.close()


def test_a_recording_comes_out_of_the_process_under_the_drivers_names(domain, viewer, tmp_path):
    record(tmp_path / "box.db3")
    with NodeProcesses(ros_environment(domain), tmp_path / "logs") as nodes:
        parameters = {"rosbag_filename": str(tmp_path / "box.db3"), "spatial_filter": False, "temporal_filter": False}
        nodes.start("camera", "lggd_ros.nodes.camera", parameters, "camera.yaml")
        viewer.wait_for_all()
    colour, depth, info = (viewer.newest[topic] for topic in (COLOUR, DEPTH, INFO))
    assert (image_to_numpy(colour) == (200, 30, 30)).all() and colour.encoding == "rgb8"
    assert (image_to_numpy(depth) == TOP).sum() > 1000 and depth.encoding == "16UC1"
    assert colour.header.frame_id == depth.header.frame_id == info.header.frame_id == OPTICAL_FRAME
    assert info.k[0] == info.p[0] == COLOUR_FOCAL and (info.width, info.height) == (640, 480)
    frames = {t.child_frame_id: t for t in viewer.newest["/tf_static"].transforms}
    assert frames["camera_color_frame"].header.frame_id == "camera_link"
    assert frames["camera_color_frame"].transform.translation.y == pytest.approx(-BASELINE), "to the right of the link"
    turn = frames[OPTICAL_FRAME].transform.rotation
    axes = matrix([0, 0, 0], [turn.x, turn.y, turn.z, turn.w])
    np.testing.assert_allclose(axes[:3, :3], [[0, 0, 1], [-1, 0, 0], [0, -1, 0]], atol=1e-9)


class Plug:
    """Finds the software camera while one is plugged in."""

    def __init__(self):
        self.camera, self.looked = None, threading.Event()

    def find(self, config):
        self.looked.set()
        if self.camera is None:
            raise CameraError("no RealSense camera is connected")
        return self.camera.device


@pytest.fixture
def plug(domain):
    rclpy.init(args=["--ros-args", "-p", "timeout:=0.3", "-p", "temporal_filter:=false"], domain_id=domain)
    plug = Plug()
    node = Camera(plug.find)
    yield plug
    node.destroy_node()
    rclpy.try_shutdown()


def test_an_unplugged_camera_is_found_again(plug, viewer):
    with ExitStack() as stack:
        plug.camera = stack.enter_context(SoftwareCamera())
        viewer.wait_for_all()
        first = viewer.newest[COLOUR].header.stamp
        plug.camera, old = None, plug.camera
        old.unplug()
        plug.looked.clear()
        assert plug.looked.wait(60), "nobody looks for the camera that is gone"
        viewer.newest.clear()
        plug.camera = stack.enter_context(SoftwareCamera(colour=(0, 0, 250)))
        viewer.wait(lambda: blue(viewer.newest), "images of the camera that came back")
    second = viewer.newest[COLOUR].header.stamp
    assert (second.sec, second.nanosec) > (first.sec, first.nanosec), "its clock began anew, the stamps did not"


def blue(newest):
    return COLOUR in newest and (image_to_numpy(newest[COLOUR]) == (0, 0, 250)).all()


def test_at_its_start_a_node_tells_what_the_doctor_would(domain, tmp_path):
    environment = ros_environment(domain) | {"FASTRTPS_DEFAULT_PROFILES_FILE": ""}
    with NodeProcesses(environment, tmp_path) as nodes:
        nodes.start("camera", "lggd_ros.nodes.camera", {"rosbag_filename": "nowhere.db3"}, "camera.yaml")
        log, end = tmp_path / "camera.log", time.monotonic() + 90
        while not all(word in log.read_text() for word in ("nowhere.db3 does not exist", "BAD DDS profile")):
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
