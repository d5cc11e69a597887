"""Eyes over DDS: an image that was taken before any transform was heard is replaced by a second look."""

import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import Header
from test_transforms import Broadcaster

from lggd_ros.execution.interfaces import CancelToken, PerceptionError
from lggd_ros.robot import eyes
from lggd_ros.robot.clouds import cloud_message
from lggd_ros.robot.transforms import TransformError, listen
from lggd_ros_msgs.msg import GraspDetection
from lggd_ros_msgs.srv import DetectGrasps


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


def test_every_look_is_at_a_new_image(looks):
    ros_eyes, taken = looks
    taken += [11, 11, 11, 12]
    for left in (3, 0):
        ros_eyes.look("the mug", CancelToken())
        assert len(taken) == left


def test_a_camera_that_stands_still_is_no_second_look(looks, monkeypatch):
    ros_eyes, taken = looks
    taken += [11] * 10_000
    ros_eyes.look("the mug", CancelToken())
    monkeypatch.setattr(ros_eyes, "_timeout", 2.0)
    with pytest.raises(PerceptionError, match="no new image for 2 s since the last look"):
        ros_eyes.look("the mug", CancelToken())


def test_two_images_without_transforms_are_enough(looks):
    ros_eyes, taken = looks
    taken += [1, 2, 11]
    with pytest.raises(TransformError, match="not at 2.000 s"):
        ros_eyes.look("the mug", CancelToken())
    assert taken == [11]
