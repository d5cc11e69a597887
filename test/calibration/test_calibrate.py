"""``lggd calibrate`` as a process, over DDS, with the simulated arm and a board in front of the rendered camera."""

import subprocess
import sys
import threading

import numpy as np
import pytest
import rclpy
import yaml
from board_world import BOARD, FLAT, BoardWorld
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from test_hand_eye import error
from tf2_msgs.msg import TFMessage

from lggd_ros.calibration.board import DOTS_PER_METRE
from lggd_ros.calibration.gathering import Gathering
from lggd_ros.calibration.mount_file import Mount, read_mount, write_mount
from lggd_ros.cli import main
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP
from lggd_ros.processes import private_domain, ros_environment
from lggd_ros.robot.images import camera_info, numpy_to_image
from lggd_ros.robot.poses import OPTICAL_TO_BODY
from lggd_ros.simulation.conversions import to_time, to_transform_stamped
from lggd_ros.simulation.mount import CAMERA, CAMERA_FRAME, HAND_TO_CAMERA, HAND_TO_TCP

IMAGE = "/camera/camera/color/image_raw"
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
VIEWS = 10


class Robot:
    """The drivers' part: images, camera info and transforms of the place where the arm is now, ten times a second."""

    def __init__(self, domain):
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = Node("robot", context=self._context)
        self._image = self._node.create_publisher(Image, IMAGE, 2)
        self._info = self._node.create_publisher(CameraInfo, IMAGE.replace("image_raw", "camera_info"), 2)
        self._tf = self._node.create_publisher(TFMessage, "/tf", 10)
        self._fixed = self._node.create_publisher(TFMessage, "/tf_static", LATCHED)
        self._time, self._place, self._sent, self._stopped = 100.0, None, None, threading.Event()
        self._published = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()
        self._node.destroy_node()
        self._context.try_shutdown()

    def fix(self, *frames):
        stamped = [to_transform_stamped(parent, child, pose, to_time(0.0)) for parent, child, pose in frames]
        self._fixed.publish(TFMessage(transforms=stamped))

    def rest_at(self, image, hand):
        self._place = image, hand
        with self._published:
            self._published.wait_for(lambda: self._sent is self._place, 10)

    def _run(self):
        while not self._stopped.wait(0.1):
            if (place := self._place) is not None:
                self._publish(*place)
                with self._published:
                    self._sent = place
                    self._published.notify_all()

    def _publish(self, image, hand):
        self._time += 0.1
        stamp = to_time(self._time)
        header = Header(stamp=stamp, frame_id=CAMERA_FRAME)
        self._tf.publish(TFMessage(transforms=[to_transform_stamped("base", "fr3_hand", hand, stamp)]))
        self._info.publish(camera_info(CAMERA, header))
        self._image.publish(numpy_to_image(image, "rgb8", header))


@pytest.fixture
def environment(monkeypatch):
    environment = ros_environment(private_domain(70))
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    return environment


@pytest.fixture
def robot(environment):
    with Robot(int(environment["ROS_DOMAIN_ID"])) as robot:
        robot.fix(
            ("camera_link", CAMERA_FRAME, np.linalg.inv(OPTICAL_TO_BODY)),
            ("fr3_hand", "fr3_hand_tcp", HAND_TO_TCP),
        )
        yield robot


def start(environment, *options):
    command = [sys.executable, "-m", "lggd_ros.cli", "calibrate", *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def test_the_camera_is_found_in_the_hand_and_written_for_launch(environment, robot, tmp_path):
    world, out = BoardWorld(eye_in_hand=True, seed=1), tmp_path / "hand_eye.yaml"
    places = iter([world.look(joints) for joints in world.poses(VIEWS)])
    with start(environment, "--views", str(VIEWS), "--out", str(out)) as process:
        robot.rest_at(*next(places))
        for line in process.stdout:
            if line.startswith("view ") and (place := next(places, None)):
                robot.rest_at(*place)
    assert process.returncode == 0
    mount = read_mount(out)
    assert (mount.frame_id, mount.child_frame_id) == ("fr3_hand", "camera_link")
    millimetres, degrees = error(mount.pose, HAND_TO_CAMERA @ OPTICAL_TO_BODY)
    assert millimetres < 1.0 and degrees < 0.2
    assert yaml.safe_load(out.read_text())["residuals"]["millimetres"] < 1.0


def test_the_touch_check_measures_how_far_the_finger_tips_are(environment, robot):
    world = BoardWorld(eye_in_hand=True)
    joints = world.poses(1)[0]
    image, _ = world.look(joints)
    looking = world.hand(joints)
    robot.fix(("camera_link", CAMERA_FRAME, np.linalg.inv(OPTICAL_TO_BODY)), ("fr3_hand", "fr3_hand_tcp", HAND_TO_TCP),
              ("fr3_hand", "camera_link", HAND_TO_CAMERA @ OPTICAL_TO_BODY))  # fmt: skip
    robot.rest_at(image, looking)
    touching = np.diag([1.0, -1.0, -1.0, 1.0])
    touching[:3, 3] = (FLAT @ np.append(BOARD.corners[0], 1))[:3] + [0.004, 0, FINGER_BEYOND_TCP]
    with start(environment, "--touch") as process:
        assert "the camera sees" in process.stdout.readline()
        robot.rest_at(image, touching @ np.linalg.inv(HAND_TO_TCP))
        answer, _ = process.communicate("\n", timeout=60)
    distance = float(answer.split("finger tips are ")[1].split()[0])
    assert distance == pytest.approx(4.0, abs=1.0)
    assert process.returncode == 1 and "calibrate again" in answer


def test_without_a_camera_it_says_so(environment, monkeypatch, capsys):
    monkeypatch.setattr("lggd_ros.calibration.source.IMAGE_TIMEOUT", 0.5)
    assert main(["calibrate"]) == 2
    assert f"no image on {IMAGE}" in capsys.readouterr().err


def test_only_an_arm_at_rest_in_a_new_place_makes_a_view():
    world, told = BoardWorld(eye_in_hand=True), []
    (image, hand), (other, far) = (world.look(joints) for joints in world.poses(2))
    gathering = Gathering(BOARD, 2, told.append)
    gathering.offer(image, hand, far)
    assert not gathering.views, "it moves"
    gathering.offer(image, hand, hand)
    gathering.offer(image, hand, hand)
    assert len(gathering.views) == 1, "the same place"
    gathering.offer(np.zeros_like(image), far, far)
    gathering.offer(np.zeros_like(image), far, far)
    gathering.offer(other, far, far)
    assert gathering.complete
    assert told[0].startswith("view 1 of 2") and "0 of the board's 24 corners are seen" in told[1]
    assert told[2].startswith("view 2 of 2") and len(told) == 3


def test_the_board_is_drawn_in_its_true_size(tmp_path, capsys):
    assert main(["calibrate", "--draw", str(tmp_path / "board.pdf")]) == 0
    assert "100 %" in capsys.readouterr().out
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")
    assert BOARD.draw().shape == pytest.approx((7 * 0.035 * DOTS_PER_METRE, 5 * 0.035 * DOTS_PER_METRE))
    assert len(BOARD.detect(np.repeat(np.pad(BOARD.draw(), 50, constant_values=255)[..., None], 3, axis=2))[0]) == 24


def test_a_mount_comes_back_from_its_file(tmp_path):
    mount = Mount.from_pose("fr3_hand", "camera_link", HAND_TO_CAMERA)
    write_mount(mount, tmp_path / "mount.yaml", {"millimetres": 0.1})
    np.testing.assert_allclose(read_mount(tmp_path / "mount.yaml").pose, HAND_TO_CAMERA, atol=1e-9)


@pytest.mark.parametrize(
    "text", ["", "frame_id: a", "{frame_id: a, child_frame_id: b, translation: [0], rotation: [0]}"]
)
def test_a_file_that_is_no_mount_is_refused_by_name(tmp_path, text):
    (tmp_path / "mount.yaml").write_text(text)
    with pytest.raises(ValueError, match="mount.yaml is no result of lggd calibrate"):
        read_mount(tmp_path / "mount.yaml")
