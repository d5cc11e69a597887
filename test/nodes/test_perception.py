"""The perception node over DDS, with a camera of this test and a detector that finds by colour."""

import os

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from spinning import spinning
from std_msgs.msg import Header, String
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray
from waiting import wait_until

from lggd_ros.detector import ABSENT, FOUND, Detection
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network.checkpoint import CheckpointError
from lggd_ros.nodes.perception import TOPICS, Perception, bring_up
from lggd_ros.processes import private_domain
from lggd_ros.robot.clouds import cloud_points
from lggd_ros.robot.images import image_to_numpy, numpy_to_image
from lggd_ros.robot.poses import pose_matrix
from lggd_ros.robot.snapshot import CAMERA_INFO, COLOUR, DEPTH
from lggd_ros_msgs.msg import GraspDetection
from lggd_ros_msgs.srv import DetectGrasps, ScenePoints

FRAME = "camera_color_optical_frame"
HEIGHT, TABLE, TOP = 0.6, 600, 540  # camera above the table; depths of table and box, mm
BOX = np.s_[200:280, 290:350]


class ColourDetector:
    """Finds red when the text says red."""

    def detect(self, image, text, depth, top_k):
        mask = (image[..., 0] > 150) & (image[..., 1] < 100)
        if "red" not in text or not mask.any():
            return Detection(text, ABSENT, 0.1, np.zeros(image.shape[:2], bool))
        y, x = (values.mean() for values in np.nonzero(mask))
        return Detection(text, FOUND, 0.9, mask, [PlanarGrasp(x, y, 0.0, 80, 20, 0.8)] * min(top_k, 2))


class Camera:
    """A red box on a grey table, seen from straight above."""

    def __init__(self, node):
        self._node, self.depth_delay, self.depth_size = node, 0.0, (480, 640)
        kinds = {COLOUR: Image, DEPTH: Image, CAMERA_INFO: CameraInfo}
        self._publishers = {name: node.create_publisher(kind, f"/{TOPICS[name]}", 1) for name, kind in kinds.items()}
        self._colour = np.full((480, 640, 3), 120, np.uint8)
        self._colour[BOX] = 200, 30, 30
        self._timer = node.create_timer(0.1, self._publish)

    def stop(self):
        self._timer.cancel()

    def _publish(self):
        now = self._node.get_clock().now()
        header = Header(stamp=now.to_msg(), frame_id=FRAME)
        late = Header(stamp=(now - rclpy.duration.Duration(seconds=self.depth_delay)).to_msg(), frame_id=FRAME)
        depth = np.full(self.depth_size, TABLE, np.uint16)
        depth[BOX] = TOP
        info = CameraInfo(header=header, width=640, height=480)
        info.k = [615.0, 0.0, 319.5, 0.0, 615.0, 239.5, 0.0, 0.0, 1.0]
        self._publishers[COLOUR].publish(numpy_to_image(self._colour, "rgb8", header))
        self._publishers[DEPTH].publish(numpy_to_image(depth, "16UC1", late))
        self._publishers[CAMERA_INFO].publish(info)


class Client(Node):
    def __init__(self):
        super().__init__("client")
        self.camera = Camera(self)
        self.received = {}
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._tf = self.create_publisher(TFMessage, "/tf_static", latched)
        self.detect = self.create_client(DetectGrasps, "/perception/detect_grasps")
        self.scene = self.create_client(ScenePoints, "/perception/scene_points")
        self.instructions = self.create_publisher(String, "/grasp_instruction", 1)
        for topic, kind in {
            "/perception/detection": GraspDetection,
            "/perception/overlay": Image,
            "/perception/markers": MarkerArray,
            "/diagnostics": DiagnosticArray,
        }.items():
            self.create_subscription(
                kind, topic, lambda message, topic=topic: self.received.update({topic: message}), 5
            )

    def publish_base(self):
        """base sees the camera from below: optical z points down."""
        transform = TransformStamped(header=Header(frame_id="base"), child_frame_id=FRAME)
        transform.transform.translation.z = HEIGHT
        transform.transform.rotation.x, transform.transform.rotation.w = 1.0, 0.0
        self._tf.publish(TFMessage(transforms=[transform]))

    def ask(self, instruction, **more):
        return self._call(self.detect, DetectGrasps.Request(instruction=instruction, **more))

    def glance(self, since):
        return self._call(self.scene, ScenePoints.Request(since=since))

    def _call(self, service, request):
        wait_until(service.service_is_ready, "the service")
        future = service.call_async(request)
        wait_until(future.done, "an answer")
        return future.result()


@pytest.fixture
def ros():
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    rclpy.init(domain_id=private_domain(50))
    executor = MultiThreadedExecutor(num_threads=8)
    with spinning(executor):
        yield executor
        nodes = executor.get_nodes()
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()


@pytest.fixture
def client(ros):
    node = Client()
    node.publish_base()
    ros.add_node(node)
    return node


@pytest.fixture
def perception(ros, client):
    node = Perception(load=lambda checkpoint, device: ColourDetector())
    ros.add_node(node)
    assert bring_up(node)
    return node


def test_a_found_thing_comes_with_mask_grasps_and_obstacles(client, perception):
    answer = client.ask("the red box")
    found = answer.detection
    assert answer.success and found.status == GraspDetection.FOUND and found.header.frame_id == FRAME
    assert image_to_numpy(found.mask)[BOX].min() == 255
    grasp = pose_matrix(found.grasps[0].pose.pose)
    assert np.allclose(grasp[:3, 2], [0, 0, 1], atol=1e-6), "gravity is the optical axis here"
    assert 0.54 < grasp[2, 3] < 0.6
    assert abs(found.grasps[0].object_width - 60 / 615 * 0.54) < 0.004
    obstacles = cloud_points(answer.obstacles)
    assert len(obstacles) > 1000 and np.allclose(obstacles[:, 2], 0.6, atol=1e-3), "the box is no obstacle"


def test_an_instruction_is_answered_on_the_topics(client, perception):
    wait_until(lambda: client.instructions.get_subscription_count(), "the subscription")
    wait_until(lambda: client.count_subscribers("/perception/detection"), "ours")
    client.instructions.publish(String(data="the red box"))
    topics = ["/perception/detection", "/perception/overlay", "/perception/markers"]
    wait_until(lambda: all(topic in client.received for topic in topics), "detection, overlay and markers")
    assert client.received["/perception/detection"].status == GraspDetection.FOUND
    overlay = image_to_numpy(client.received["/perception/overlay"])
    assert overlay.shape == (480, 640, 3)
    markers = client.received["/perception/markers"].markers
    assert markers[0].action == Marker.DELETEALL and len(markers) == 1 + 3 * 2


def test_absent_is_an_answer_and_grasps_are_limited_on_request(client, perception):
    absent = client.ask("the blue box")
    assert absent.success and absent.detection.status == GraspDetection.ABSENT and not absent.detection.grasps
    assert "nothing here matches" in absent.detection.message
    assert len(client.ask("the red box", max_grasps=1).detection.grasps) == 1


def test_images_may_be_asked_for_that_are_taken_later(client, perception):
    def soon():
        return client.get_clock().now() + rclpy.duration.Duration(seconds=0.3)

    since = soon()
    assert Time.from_msg(client.ask("the red box", since=since.to_msg()).detection.header.stamp) >= since
    since = soon()
    assert Time.from_msg(client.glance(since.to_msg()).points.header.stamp) >= since


def refusal(client):
    """The complaint, once the service begins to complain."""
    answers = []
    wait_until(lambda: answers.append(client.ask("the red box")) or not answers[-1].success, "a refusal", timeout=20)
    return answers[-1].message


def test_images_that_do_not_belong_together_are_refused_with_numbers(client, perception):
    client.camera.depth_delay = 0.5
    assert "apart, more than max_skew = 0.020 s" in refusal(client)


def test_images_of_different_size_are_refused_with_the_sizes(client, perception):
    client.camera.depth_size = (360, 480)
    message = refusal(client)
    assert "colour 640x480" in message and "depth 480x360" in message and "aligned" in message


def test_a_silent_camera_is_named(client, perception):
    assert client.ask("the red box").success
    client.camera.stop()
    assert "color/image_raw" in (message := refusal(client)) and "max_age = 1.00 s" in message
    wait_until(lambda: any(s.message == "nothing arrives" for s in statuses(client)), "the diagnostics")


def statuses(client):
    return client.received["/diagnostics"].status if "/diagnostics" in client.received else []


def test_diagnostics_tell_rate_age_and_skew(client, perception):
    def is_told():
        """At some moment: a frame may be late, or its depth yet to come."""
        streams = {s.name: {pair.key: float(pair.value) for pair in s.values} for s in statuses(client)}
        colour = streams.get("perception: colour", {"rate [Hz]": 0.0})
        return 5 < colour["rate [Hz]"] < 15 and colour["age [s]"] < 1 and colour["skew of colour and depth [s]"] == 0

    wait_until(is_told, "rate, age and skew of a good stream")
    assert any(s.level == DiagnosticStatus.OK for s in statuses(client))


def test_without_transforms_the_missing_frame_is_named(ros):
    client = Client()
    ros.add_node(client)
    node = Perception(load=lambda checkpoint, device: ColourDetector())
    ros.add_node(node)
    assert bring_up(node)
    answer = client.ask("the red box")
    assert not answer.success and "'base'" in answer.message and FRAME in answer.message


def test_deactivating_takes_the_service_away_and_activating_brings_it_back(client, perception):
    assert client.ask("the red box").success
    perception.trigger_deactivate()
    wait_until(lambda: not client.detect.service_is_ready(), "the service to go")
    perception.trigger_activate()
    assert client.ask("the red box").success


@pytest.mark.parametrize("error", [CheckpointError("no checkpoint is called 'x'"), RuntimeError("CUDA out of memory")])
def test_a_bad_checkpoint_fails_to_configure_and_may_be_tried_again(ros, error, capfd):
    tries = []

    def load(checkpoint, device):
        tries.append(checkpoint)
        if len(tries) == 1:
            raise error
        return ColourDetector()

    node = Perception(load=load)
    ros.add_node(node)
    assert not bring_up(node)
    assert str(error) in capfd.readouterr().err
    assert bring_up(node)
