"""What the hand believes of what it holds, going by the width that a gripper measures."""

import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import CancelToken, GraspCandidate, GripperError
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.simulation.mount import OBSERVE_JOINTS

CONFIG = PickConfig(observe_joints=tuple(OBSERVE_JOINTS))
GRIP = 0.03
GRASP = GraspCandidate(None, 0.06, GRIP, 1.0)


class Fingers:
    """A gripper (see execution.interfaces) whose fingers are where the test puts them."""

    def __init__(self):
        self.at, self.wall, self.jams, self.stops = 0.08, 0.08, False, 0

    def width(self):
        return self.at

    def move(self, width, cancel):
        self.at = min(width, self.wall)
        if self.at < width:
            raise GripperError(f"fingers stopped at {self.at}")

    def grasp(self, width, inner, outer, force, cancel):
        self.at = self.at if self.jams else GRIP
        return not self.jams

    def stop(self):
        self.stops += 1


@pytest.fixture
def fingers():
    return Fingers()


@pytest.fixture
def hand(fingers):
    hand = Hand(fingers, CONFIG)
    assert hand.close_on(GRASP, CancelToken())
    return hand


def test_what_turns_between_the_fingers_is_still_held(hand, fingers):
    lifting, carrying = hand.watch_grip(), hand.watch_grip(may_shift=True)
    fingers.at = GRIP - 2 * CONFIG.slip_width
    assert hand.holds
    carrying()
    with pytest.raises(PickFailure, match="closed from 30 to 20 mm"):
        lifting()
    with pytest.raises(PickFailure, match="still holds something"):
        hand.make_ready(CancelToken())


@pytest.mark.parametrize("width", [0.0, GRIP + 2 * CONFIG.slip_width])
def test_fingers_that_met_or_opened_hold_nothing(hand, fingers, width):
    carrying = hand.watch_grip(may_shift=True)
    carrying()
    fingers.at = width
    assert not hand.holds
    with pytest.raises(PickFailure, match="dropped it on the way"):
        carrying()


def test_an_empty_hand_is_not_watched(fingers):
    Hand(fingers, CONFIG).watch_grip()()


@pytest.mark.parametrize(("wall", "at"), [(0.08, GRASP.opening), (0.04, 0.04)])
def test_it_lets_go_as_wide_as_it_came_or_as_a_neighbour_lets_it(hand, fingers, wall, at):
    fingers.wall = wall
    hand.let_go(GRASP, CancelToken())
    assert fingers.at == at and not hand.holds


def test_fingers_that_do_not_open_have_not_let_go(hand, fingers):
    fingers.wall = GRIP
    with pytest.raises(GripperError, match="stopped at 0.03"):
        hand.let_go(GRASP, CancelToken())
    assert hand.holds


def test_fingers_that_did_not_close_hold_nothing_however_wide_the_thing(fingers):
    fingers.jams, fingers.at = True, GRIP + CONFIG.width_tolerance / 2
    hand = Hand(fingers, CONFIG)
    assert not hand.close_on(GRASP, CancelToken()) and not hand.holds
    with pytest.raises(PickFailure, match="closed on nothing: 40 mm"):
        hand.check_width(GRASP, ErrorCode.MISSED, "closed on nothing")


def test_a_thing_that_the_fingers_touched_already_is_held(fingers):
    fingers.at = GRIP + 0.001
    assert Hand(fingers, CONFIG).close_on(GRASP, CancelToken())


def test_fingers_come_to_rest_and_what_they_hold_stays(hand, fingers):
    hand.come_to_rest()
    assert fingers.stops == 0
    hand.open(CancelToken())
    hand.come_to_rest()
    assert fingers.stops == 1
