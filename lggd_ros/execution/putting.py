"""Putting a held thing down: plan for a pose or a region, carry it there, let go, and go back to observing."""

from __future__ import annotations

from itertools import islice

import numpy as np

from lggd_ros.execution.interfaces import ArmAborted, GraspCandidate, Sighting, Watch
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.execution.pick import Pick
from lggd_ros.execution.placing import place_poses
from lggd_ros.planning.planner import PlanningError, ReachPlan


def put(pick: Pick, held: GraspCandidate, sighting: Sighting) -> None:
    """Put down what was grasped by ``held``. Raises PickFailure (also when it slips out on the way), PlanningError.

    A thing that turns or slides between the fingers is still put down: nowhere would it be in better hands.
    """
    watch = pick.hand.watch_grip(may_shift=True)
    reach = _plan(pick, held, sighting)
    pick.mover.transfer(reach.transfer, pick.cancel, watch)
    _lower(pick, reach, watch)
    pick.hand.release(pick.cancel)
    pick.planner.carry(None)
    pick.mover.line(reach.retreat, pick.cancel)
    _leave(pick)


def _lower(pick: Pick, reach: ReachPlan, watch: Watch) -> None:
    try:
        pick.mover.line_in(reach.approach, pick.cancel, watch)
    except ArmAborted as error:
        raise PickFailure(ErrorCode.ARM_FAILED, f"something was in the way where it was to be put: {error}") from error


def _leave(pick: Pick) -> None:
    """Back to observing, or stay: what has been put down must not be picked again because there is no way."""
    try:
        pick.observe()
    except (PlanningError, PickFailure) as error:
        if pick.cancel.cancelled:
            raise
        pick.reports.log(f"it is put down, but the arm stays there: {error}")


def _plan(pick: Pick, held: GraspCandidate, sighting: Sighting) -> ReachPlan:
    if pick.goal.place is not None:
        return _reach(pick, pick.goal.place, held)
    poses = place_poses(pick.config.region_by_name[pick.goal.region], held, sighting.obstacles)
    reasons = []
    for pose in islice(poses, pick.config.plans_tried):
        try:
            return _reach(pick, pose, held)
        except (PlanningError, PickFailure) as error:
            if pick.cancel.cancelled:
                raise
            reasons.append(str(error))
    raise PickFailure(ErrorCode.NO_PLACE, f"no spot of '{pick.goal.region}' can be reached; the last: {reasons[-1]}")


def _reach(pick: Pick, pose: np.ndarray, held: GraspCandidate) -> ReachPlan:
    pick.limits.check_pose(pose, "the place")
    return pick.plan_reach(pose, held.opening)
