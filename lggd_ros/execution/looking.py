"""Seeing: where the named thing is, which grasp to take, and whether the thing has left its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lggd_ros.execution.agreement import same_thing, verdict
from lggd_ros.execution.choosing import Choice, Chooser, alike
from lggd_ros.execution.clearance import reached
from lggd_ros.execution.interfaces import GraspCandidate, PerceptionError, Sighting
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.execution.pick import Pick
from lggd_ros.execution.second_look import has_left, was_another
from lggd_ros.planning.planner import PlanningError
from lggd_ros.planning.self_filter import SelfFilter

_NOT_FOUND = {"absent": ErrorCode.ABSENT, "ambiguous": ErrorCode.AMBIGUOUS}
_PASSING = (ErrorCode.PLANNING_TIMED_OUT, ErrorCode.PLANNING_FAILED)  # the same question may have another answer


def look(pick: Pick, self_filter: SelfFilter) -> Sighting:
    """Observe and detect; with a given grasp, glance. Raises PickFailure unless the thing was found."""
    if pick.goal.grasp is not None:
        return _given(pick, pick.goal.grasp, self_filter)
    looks = [_detect(pick, self_filter)] if pick.goal.plan_only else _look_around(pick, self_filter)
    sighting = looks[-1]
    if sighting.status != "found":
        code = _NOT_FOUND.get(sighting.status, ErrorCode.PERCEPTION_FAILED)
        raise PickFailure(code, sighting.message or f"the thing is {sighting.status}")
    if any(was_another(sighting.target, seen.target, seen.obstacles) for seen in pick.seen):
        raise PickFailure(ErrorCode.AMBIGUOUS, "what is found now was taken for something else before; say more of it")
    pick.seen = [seen for seen in looks if same_thing(seen, sighting)]
    return sighting


def _given(pick: Pick, grasp: GraspCandidate, self_filter: SelfFilter) -> Sighting:
    """A grasp among what shows from where the camera is; among nothing without one."""
    try:
        points = pick.eyes.glance(pick.cancel)
    except PerceptionError as error:
        pick.reports.log(f"what stands around the given grasp is not known: {error}")
        return Sighting("found", 1.0, [grasp])
    points = self_filter.without_robot(points, pick.mover.joints())
    near = reached(points, grasp.pose)
    return Sighting("found", 1.0, [grasp], points[~near], touchable=points[near])


def _look_around(pick: Pick, self_filter: SelfFilter) -> list[Sighting]:
    """From one place after another, until it is clear what the looks come to, which is added to them."""
    sightings = [_look_from(pick, 0, self_filter)]
    if pick.config.looks == 1:
        return sightings
    place = 1
    while not (clear := verdict(sightings, pick.config.looks - place)):
        pick.planner.set_obstacles(sightings[-1].obstacles, sightings[-1].target)
        try:
            sightings.append(_look_from(pick, place, self_filter))
        except PlanningError as error:
            if error.reason == "cancelled":
                raise
            pick.reports.log(f"no look from place {place + 1}: {error}")
        except PickFailure as failure:
            if failure.code is not ErrorCode.OUTSIDE_WORKSPACE:
                raise
            pick.reports.log(f"no look from place {place + 1}: {failure}")
        place += 1
    return [*sightings, clear]


def _look_from(pick: Pick, place: int, self_filter: SelfFilter) -> Sighting:
    with pick.stage("observe"):
        pick.observe(place)
    return _detect(pick, self_filter)


def _detect(pick: Pick, self_filter: SelfFilter) -> Sighting:
    """One look, without the robot's own points."""
    with pick.stage("detect"):
        sighting = pick.eyes.look(pick.goal.instruction, pick.cancel)
    return replace(sighting, obstacles=self_filter.without_robot(sighting.obstacles, pick.mover.joints()))


def choose(pick: Pick, sighting: Sighting) -> Choice:
    """The grasp to take. Every one that is not taken is noted with its reason. Raises PickFailure, PlanningError."""
    pick.planner.set_obstacles(sighting.obstacles, np.concatenate([sighting.target, sighting.touchable]))
    free = [grasp for grasp in sighting.candidates if not any(alike(grasp.pose, pose) for pose in pick.blocked)]
    chooser = Chooser(pick.plan_reach, pick.limits, pick.config, [*pick.blocked, *pick.failed])
    found = chooser.choose(replace(sighting, candidates=free))
    pick.reports.sifted(found, sighting)
    for line in found.lines:
        pick.record.reject(line)
    if found.chosen is not None:
        return found.chosen
    if not found.rejected:
        blocked = "something was in the way of every grasp that was found" if sighting.candidates else ""
        raise PickFailure(ErrorCode.NO_GRASP, blocked or sighting.message or "no grasp on the thing could be used")
    last = found.rejected[-1]
    passing = any(rejection.code in _PASSING for rejection in found.rejected)
    raise PickFailure(last.code, f"no grasp can be reached; the last: {last.reason}", retry=passing)


def what_is_left(pick: Pick, sighting: Sighting | None) -> Sighting | None:
    """The other candidates of a sighting whose thing is seen to be in its place still; None asks for a new look."""
    if sighting is None or pick.choice is None:
        return None
    tried = pick.choice.option.grasp.pose
    others = [candidate for candidate in sighting.candidates if not alike(candidate.pose, tried)]
    in_place = others and left_its_place(pick, sighting) is False
    return replace(sighting, candidates=others) if in_place else None


def left_its_place(pick: Pick, sighting: Sighting) -> bool | None:
    """Whether the thing of a sighting has left its place, seen from where the camera is; None where that is unseen."""
    if not len(sighting.target):
        return None
    try:
        return has_left(sighting.target, pick.eyes.glance(pick.cancel))
    except PerceptionError as error:
        pick.reports.log(f"no second look: {error}")
        return None
