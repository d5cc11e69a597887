"""From the chosen grasp to the thing in the raised hand: open, approach, close, lift, verify."""

from __future__ import annotations

from lggd_ros.execution.choosing import Choice
from lggd_ros.execution.interfaces import ArmAborted, GraspCandidate, Sighting
from lggd_ros.execution.looking import left_its_place
from lggd_ros.execution.motion import backwards
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.execution.pick import Pick
from lggd_ros.execution.placing import carried_box
from lggd_ros.planning.planner import ReachPlan

_EMPTY = {True: (ErrorCode.DROPPED, "dropped it"), False: (ErrorCode.MISSED, "closed on nothing")}  # closed on it?


def grasp(pick: Pick, choice: Choice, sighting: Sighting) -> None:
    """Take the chosen grasp. Raises PickFailure, the hand empty and above the table, unless the thing is held."""
    wanted, reach = choice.option.grasp, choice.reach
    with pick.stage("open"):
        pick.hand.open_for(wanted, pick.cancel)
    with pick.stage("approach"):
        pick.mover.transfer(reach.transfer, pick.cancel)
        _approach(pick, wanted, reach)
    with pick.stage("close"):
        closed = pick.hand.close_on(wanted, pick.cancel)
    with pick.stage("lift"):
        _lift(pick, wanted, reach)
    with pick.stage("verify"):
        pick.record.measured_width = pick.hand.width
        try:
            pick.hand.check_width(wanted, *_EMPTY[closed])
            _look_again(pick, wanted, sighting)
        except PickFailure as failure:
            if failure.code is not ErrorCode.NO_IMAGES:  # without eyes it is held on to
                _put_back(pick, wanted, reach)
            raise


def _approach(pick: Pick, wanted: GraspCandidate, reach: ReachPlan) -> None:
    """Where something was in the way the arm does not come again."""
    try:
        pick.mover.line_in(reach.approach, pick.cancel)
    except ArmAborted as error:
        pick.blocked.append(wanted.pose)
        raise PickFailure(ErrorCode.ARM_FAILED, f"something was in the way: {error}", retry=True) from error


def _lift(pick: Pick, wanted: GraspCandidate, reach: ReachPlan) -> None:
    """What slips out is let go, and the hand rises without it."""
    try:
        pick.mover.line(reach.retreat, pick.cancel, pick.hand.watch_grip())
    except PickFailure as failure:
        if failure.code is ErrorCode.DROPPED:
            pick.hand.let_go(wanted, pick.cancel)
            pick.mover.line_to(reach.retreat.positions[-1], pick.cancel)
        raise


def _look_again(pick: Pick, wanted: GraspCandidate, sighting: Sighting) -> None:
    """Has the thing left its place? Where that cannot be seen from here, it is looked at from above."""
    pick.planner.set_obstacles(sighting.obstacles)
    pick.planner.carry(carried_box(wanted, sighting.target))
    left = left_its_place(pick, sighting)
    if left is None and len(sighting.target):
        pick.observe()
        left = left_its_place(pick, sighting)
    if left is False:
        still = "the hand holds something, but the thing is still where it was"
        raise PickFailure(ErrorCode.STILL_THERE, still, retry=True)
    if not pick.hand.holds:
        raise PickFailure(ErrorCode.DROPPED, "the hand dropped it while it looked whether it has left", retry=True)
    pick.record.left_its_place = bool(left)


def _put_back(pick: Pick, wanted: GraspCandidate, reach: ReachPlan) -> None:
    """Set down what is held where it was, and leave the hand open above."""
    if pick.hand.holds:
        pick.mover.go_to(reach.retreat.positions[-1], pick.cancel, pick.hand.watch_grip(may_shift=True))
        _lower_again(pick, reach)
        pick.hand.let_go(wanted, pick.cancel)
        pick.mover.line(reach.retreat, pick.cancel)
    else:
        pick.hand.let_go(wanted, pick.cancel)


def _lower_again(pick: Pick, reach: ReachPlan) -> None:
    try:
        pick.mover.line_in(backwards(reach.retreat), pick.cancel)
    except ArmAborted as error:
        message = f"it is still held, something was in the way where it was to be put back: {error}"
        raise PickFailure(ErrorCode.ARM_FAILED, message) from error
