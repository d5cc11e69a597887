import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lggd_ros.robot.poses import matrix
from lggd_ros.robot.transform_buffer import LATEST, LookupFailure, TransformBuffer

SECOND = 1_000_000_000
TURNS = st.floats(-3.0, 3.0)


def about_z(angle):
    return Rotation.from_rotvec([0, 0, angle]).as_quat()


def arm(buffer, stamp, angle, shift):
    """base -> link turns about z and slides along x; link -> camera is fixed."""
    buffer.insert("base", "link", stamp, [shift, 0, 0], about_z(angle))


@pytest.fixture
def buffer():
    made = TransformBuffer()
    arm(made, 1 * SECOND, 0.0, 0.0)
    arm(made, 2 * SECOND, 1.0, 0.4)
    made.insert("link", "camera", 0, [0, 0, 1], [1, 0, 0, 0], static=True)
    return made


@given(st.floats(0, 1), TURNS, TURNS, st.floats(-1, 1), st.floats(-1, 1))
def test_between_two_samples_the_way_is_even(share, angle, turn, x0, x1):
    """At constant angular velocity about a fixed axis the pose at any moment is known in closed form."""
    buffer = TransformBuffer()
    arm(buffer, 1 * SECOND, angle, x0)
    arm(buffer, 2 * SECOND, angle + turn, x1)
    moment = 1 * SECOND + round(share * SECOND)
    share = (moment - SECOND) / SECOND
    expected = matrix([x0 + share * (x1 - x0), 0, 0], about_z(angle + share * turn))
    assert np.allclose(buffer.lookup("base", "link", moment), expected, atol=1e-9)


@given(st.floats(0, 1))
def test_there_and_back_is_the_identity(share):
    buffer = TransformBuffer()
    arm(buffer, 1 * SECOND, 0.3, 0.1)
    arm(buffer, 2 * SECOND, 1.3, 0.5)
    buffer.insert("link", "camera", 0, [0, 0.2, 1], [1, 0, 0, 0], static=True)
    buffer.insert("base", "table", 0, [0.5, 0, 0], about_z(0.7), static=True)
    moment = SECOND + round(share * SECOND)
    there, back = buffer.lookup("table", "camera", moment), buffer.lookup("camera", "table", moment)
    assert np.allclose(there @ back, np.eye(4), atol=1e-9)
    through_base = buffer.lookup("table", "base", moment) @ buffer.lookup("base", "camera", moment)
    assert np.allclose(there, through_base, atol=1e-9)


def test_order_of_arrival_does_not_matter(buffer):
    arm(buffer, round(1.5 * SECOND), 0.8, 0.1)
    assert np.allclose(buffer.lookup("base", "link", round(1.5 * SECOND)), matrix([0.1, 0, 0], about_z(0.8)))


def test_the_latest_is_what_all_frames_share(buffer):
    buffer.insert("link", "finger", 3 * SECOND, [0, 0.02, 0], [0, 0, 0, 1])
    buffer.insert("link", "finger", 1 * SECOND, [0, 0.04, 0], [0, 0, 0, 1])
    assert np.allclose(buffer.lookup("link", "finger", LATEST)[1, 3], 0.02)
    assert np.allclose(buffer.lookup("base", "finger", LATEST), buffer.lookup("base", "finger", 2 * SECOND))


@pytest.mark.parametrize("seconds", [0.9, 2.1])
def test_outside_what_is_known_nothing_is_invented(buffer, seconds):
    with pytest.raises(LookupFailure, match=r"'base' -> 'link' is known from 1.000 s to 2.000 s, not at"):
        buffer.lookup("base", "camera", round(seconds * SECOND))


def test_static_frames_hold_at_any_time(buffer):
    assert np.allclose(buffer.lookup("link", "camera", 77 * SECOND)[:3, 3], [0, 0, 1])


def test_unknown_frames_are_named(buffer):
    with pytest.raises(LookupFailure, match="'world' .* not connected; known frames: base, camera, link"):
        buffer.lookup("base", "world", SECOND)


def test_a_loop_is_an_error_not_a_hang():
    buffer = TransformBuffer()
    buffer.insert("a", "b", 0, [0, 0, 0], [0, 0, 0, 1], static=True)
    buffer.insert("b", "a", 0, [0, 0, 0], [0, 0, 0, 1], static=True)
    with pytest.raises(LookupFailure, match="loop"):
        buffer.lookup("a", "b", 0)


def test_a_restarted_clock_forgets_the_former_life(buffer):
    arm(buffer, 100 * SECOND, 0.0, 0.9)
    arm(buffer, 1 * SECOND, 0.5, 0.2)
    assert np.allclose(buffer.lookup("base", "link", LATEST)[0, 3], 0.2)


def test_old_samples_are_dropped(buffer):
    arm(buffer, 15 * SECOND, 0.0, 0.0)
    with pytest.raises(LookupFailure):
        buffer.lookup("base", "link", 2 * SECOND)
