from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from lggd_ros.execution.interfaces import PerceptionError
from lggd_ros.robot import snapshot
from lggd_ros.robot.images import numpy_to_image
from lggd_ros.robot.snapshot import CAMERA_INFO, COLOUR, DEPTH, FrameMatcher

TOPICS = {COLOUR: "/color", DEPTH: "/depth", CAMERA_INFO: "/info"}


def header(seconds):
    return Header(stamp=Time(sec=int(seconds), nanosec=round(seconds % 1 * 1e9)), frame_id="camera")


def colour(seconds, value=1):
    return numpy_to_image(np.full((2, 3, 3), value, np.uint8), "rgb8", header(seconds))


def depth(seconds, value=1, shape=(2, 3)):
    return numpy_to_image(np.full(shape, value, np.uint16), "16UC1", header(seconds))


def info(seconds):
    message = CameraInfo(header=header(seconds), width=3, height=2)
    message.k = [600.0, 0.0, 1.0, 0.0, 600.0, 0.5, 0.0, 0.0, 1.0]
    return message


class Moment:
    """A clock that is set by hand."""

    now = 10.1

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Moment()


@pytest.fixture
def matcher(clock, monkeypatch):
    monkeypatch.setattr(snapshot, "START_TIMEOUT", 0.1)
    matcher = FrameMatcher(TOPICS, max_skew=0.02, max_age=0.3, clock=clock)
    matcher.add(CAMERA_INFO, info(10.0))
    return matcher


def test_matching_images_become_a_snapshot(matcher):
    matcher.add(COLOUR, colour(10.0, value=7))
    matcher.add(DEPTH, depth(10.01, value=600))
    taken = matcher.snapshot()
    assert taken.header == header(10.0)
    assert taken.colour.shape == (2, 3, 3) and taken.colour.max() == 7
    assert taken.depth.shape == (2, 3) and taken.depth.max() == 600
    assert taken.camera.fx == 600.0


def test_a_colour_image_ahead_of_its_depth_leaves_the_former_pair(matcher):
    matcher.add(COLOUR, colour(10.0, value=1))
    matcher.add(DEPTH, depth(10.0, value=1))
    matcher.add(COLOUR, colour(10.066, value=2))
    assert matcher.snapshot().colour.max() == 1
    matcher.add(DEPTH, depth(10.066, value=2))
    taken = matcher.snapshot()
    assert (taken.colour.max(), taken.depth.max()) == (2, 2)


def test_depth_that_comes_a_period_late_finds_its_colour(matcher):
    for number in range(3):
        matcher.add(COLOUR, colour(10.0 + number / 30, value=number + 1))
        if number:
            matcher.add(DEPTH, depth(10.0 + (number - 1) / 30, value=number))
    taken = matcher.snapshot()
    assert (taken.colour.max(), taken.depth.max()) == (2, 2)
    assert matcher.skew() < 0.001


def test_a_look_waits_for_images_that_are_taken_since(matcher, monkeypatch):
    monkeypatch.setattr(snapshot, "START_TIMEOUT", 30.0)
    matcher.add(COLOUR, colour(10.0, value=1))
    matcher.add(DEPTH, depth(10.0, value=1))
    with ThreadPoolExecutor() as pool:
        look = pool.submit(matcher.snapshot, since=10.01)
        matcher.add(COLOUR, colour(10.02, value=2))
        matcher.add(DEPTH, depth(10.0, value=1))
        assert not look.done()
        matcher.add(DEPTH, depth(10.02, value=2))
        assert look.result().depth.max() == 2
    assert matcher.snapshot(since=10.02).depth.max() == 2, "then is soon enough"


def test_a_camera_that_has_fallen_silent_is_not_waited_for(matcher, clock):
    matcher.add(COLOUR, colour(10.0))
    matcher.add(DEPTH, depth(10.0))
    clock.now = 12.5
    with pytest.raises(PerceptionError, match="is 2.50 s old"):
        matcher.snapshot(since=12.4)


@pytest.mark.parametrize(
    ("taken", "since", "early"),
    [((10.0, 10.0), 10.05, "0.05"), ((10.015, 10.0), 10.01, "0.01")],
    ids=["both before", "depth before"],
)
def test_a_camera_without_new_images_is_told_of(matcher, monkeypatch, taken, since, early):
    monkeypatch.setattr(snapshot, "STANDSTILL", 0.2)
    matcher.add(DEPTH, depth(taken[1]))
    matcher.add(COLOUR, colour(taken[0]))
    with pytest.raises(
        PerceptionError, match=f"no image came that was taken since the look began; .* {early} s before"
    ):
        matcher.snapshot(since=since)


def test_a_clock_that_runs_slowly_makes_no_image_old(matcher, monkeypatch):
    matcher.add(COLOUR, colour(10.0, value=7))
    start = snapshot.time.monotonic()
    monkeypatch.setattr(snapshot.time, "monotonic", lambda: start + 5)
    assert matcher.age(COLOUR) == pytest.approx(0.1)
    monkeypatch.setattr(snapshot.time, "monotonic", lambda: start + 50)
    assert matcher.age(COLOUR) > 40, "it stands still"


def test_the_missing_stream_is_named(matcher):
    matcher.add(COLOUR, colour(10.0))
    with pytest.raises(PerceptionError, match="no depth message on /depth yet; .* with align_depth"):
        matcher.snapshot()


def test_a_publisher_whose_qos_does_not_fit_is_named(matcher):
    matcher.streams[COLOUR].problem = "1 publishers there offer a QoS that does not fit (DURABILITY)"
    with pytest.raises(PerceptionError, match="no colour message on /color yet; 1 publishers there offer a QoS"):
        matcher.snapshot()


def test_old_images_are_refused_with_their_age(matcher, clock):
    matcher.add(COLOUR, colour(10.0))
    matcher.add(DEPTH, depth(10.0))
    clock.now = 12.5
    with pytest.raises(PerceptionError, match=r"colour image on /color is 2.50 s old, more than max_age = 0.30 s"):
        matcher.snapshot()


def test_images_out_of_step_are_refused_with_the_skew(matcher):
    matcher.add(COLOUR, colour(10.0))
    matcher.add(DEPTH, depth(10.05))
    with pytest.raises(PerceptionError, match=r"0.050 s apart, more than max_skew = 0.020 s"):
        matcher.snapshot()


def test_a_pair_that_has_fallen_behind_its_streams_is_not_used(matcher, clock):
    matcher.add(COLOUR, colour(10.0))
    matcher.add(DEPTH, depth(10.0))
    clock.now = 11.0
    matcher.add(COLOUR, colour(10.95))
    matcher.add(DEPTH, depth(11.0))
    with pytest.raises(PerceptionError, match="apart"):
        matcher.snapshot()


def test_sizes_that_differ_are_listed(matcher):
    matcher.add(COLOUR, colour(10.0))
    matcher.add(DEPTH, depth(10.0, shape=(4, 6)))
    with pytest.raises(PerceptionError, match="colour 3x2, depth 6x4, camera info 3x2"):
        matcher.snapshot()


def test_depth_that_is_not_aligned_is_refused_though_its_size_fits(matcher):
    apart = depth(10.0)
    apart.header.frame_id = "depth_camera"
    matcher.add(COLOUR, colour(10.0))
    matcher.add(DEPTH, apart)
    with pytest.raises(PerceptionError, match="frames differ: colour camera, depth depth_camera; subscribe to depth"):
        matcher.snapshot()
