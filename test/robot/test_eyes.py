"""Eyes over DDS: they look at what is taken from now on; an image before any transform was heard is replaced."""

import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import Header
from test_transforms import Broadcaster

from lggd_ros.execution.interfaces import CancelToken, PerceptionError
from lggd_ros.robot import eyes
from lggd_ros.robot.clouds import cloud_message
from lggd_ros.robot.snapshot import seconds
from lggd_ros.robot.transforms import TransformError, listen
from lggd_ros_msgs.msg import GraspDetection
from lggd_ros_msgs.srv import DetectGrasps, ScenePoints


@pytest.fixture
def looks(make_node, monkeypatch):
    """Eyes that know transforms from 10 to 12 s, and a perception whose images bear the stamps in ``taken``."""
    monkeypatch.setattr(eyes, "TRANSFORM_TIMEOUT", 0.3)
    taken = []

    def detect(request, response):
        header = Header(frame_id="camera", stamp=Time(sec=taken.pop(0)))
        response.success, response.detection = True, GraspDetection(header=header, status=GraspDetection.ABSENT)
        response.obstacles = response.target = cloud_message([], header)
        return response

    make_node("perception").create_service(DetectGrasps, "/perception/detect_grasps", detect)
    node, broadcaster = make_node("executor"), Broadcaster(make_node("broadcaster"))
    transforms = listen(node)
    for second in (10, 12):
        broadcaster.move(second, 0.5)
    transforms.lookup("base", "camera", Time(sec=11), 10.0, CancelToken())
    return eyes.RosEyes(node, transforms, "base", timeout=10.0, max_silence=1.0), taken


def test_an_image_older_than_the_transforms_is_taken_again(looks):
    ros_eyes, taken = looks
    taken += [1, 11]
    assert ros_eyes.look("the mug", CancelToken()).status == "absent"
    assert taken == []


@pytest.mark.parametrize("act", ["look", "glance"])
def test_only_images_that_are_taken_from_now_on_are_asked_for(make_node, act):
    since = []

    def detect(request, response):
        since.append(seconds(request.since))
        response.message = "seen enough"
        return response

    perception = make_node("perception")
    perception.create_service(DetectGrasps, "/perception/detect_grasps", detect)
    perception.create_service(ScenePoints, "/perception/scene_points", detect)
    node = make_node("executor")
    ros_eyes = eyes.RosEyes(node, listen(node), "base", timeout=10.0, max_silence=1.0)
    ask = {"look": lambda: ros_eyes.look("the mug", CancelToken()), "glance": lambda: ros_eyes.glance(CancelToken())}
    before = node.get_clock().now().nanoseconds * 1e-9
    with pytest.raises(PerceptionError, match="seen enough"):
        ask[act]()
    assert before <= since[0] <= node.get_clock().now().nanoseconds * 1e-9


def test_two_images_without_transforms_are_enough(looks):
    ros_eyes, taken = looks
    taken += [1, 2, 11]
    with pytest.raises(TransformError, match="not at 2.000 s"):
        ros_eyes.look("the mug", CancelToken())
    assert taken == [11]
