"""Pick and place as a plain state machine over eyes, planner, arm and gripper. It knows neither ROS nor the simulator.

observe -> detect -> plan -> open -> approach -> close -> lift -> verify (-> place). What was missed or dropped is tried
again, up to ``max_attempts`` times: with the next candidate where the thing still is in its place, else after a new
look. Only a sighting with status ``found`` moves the arm towards anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from lggd_ros.execution.choosing import Choice, Chooser, Sifted
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import (
    Arm,
    ArmAborted,
    ArmError,
    Cancelled,
    CancelToken,
    Eyes,
    GraspCandidate,
    GripperError,
    PerceptionError,
    Sighting,
    Watch,
)
from lggd_ros.execution.motion import Log, Mover, backwards
from lggd_ros.execution.outcome import ErrorCode, PickFailure, PickGoal, PickResult, planning_code
from lggd_ros.execution.placing import carried_box, place_poses
from lggd_ros.execution.record import STAGES, OnStage, Record
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.execution.second_look import has_left
from lggd_ros.planning.planner import MotionPlanner, PlanningError, ReachPlan
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.planning.self_filter import SelfFilter

__all__ = ["STAGES", "PickAndPlace", "Reports"]

_SIGHTING_CODES = {"absent": ErrorCode.ABSENT, "ambiguous": ErrorCode.AMBIGUOUS}
_CODES = ((ArmError, ErrorCode.ARM_FAILED), (GripperError, ErrorCode.GRIPPER_FAILED))
_MAY_PASS = ("timed_out", "internal")  # planning failures after which the same question may have another answer
_PASSING_CODES = (ErrorCode.PLANNING_TIMED_OUT, ErrorCode.PLANNING_FAILED)
_EMPTY = {True: (ErrorCode.DROPPED, "dropped it"), False: (ErrorCode.MISSED, "closed on nothing")}  # closed on it?


@dataclass(frozen=True)
class Reports:
    """Who is told: ``stage(stage, attempt, progress)`` as each begins; ``sifted(found, sighting)`` which grasp was
    chosen and why others were not; ``log(sentence)`` of what went wrong and was mended."""

    stage: OnStage = lambda stage, attempt, progress: None
    sifted: Callable[[Sifted, Sighting], None] = lambda found, sighting: None
    log: Log = lambda sentence: None


class PickAndPlace:
    """One arm that picks what it is told.

    ``robot`` is the arm's model, ``watch`` raises RobotError or PerceptionError when the arm must not move. ``clock``
    returns seconds; the simulator passes its own. ``run`` never raises for what can go wrong in the world: it returns a
    ``PickResult``.
    """

    def __init__(
        self,
        planner: MotionPlanner,
        arm: Arm,
        hand: Hand,
        eyes: Eyes,
        robot: RobotModel,
        config: PickConfig,
        watch: Watch = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._planner, self._arm, self._hand, self._eyes, self._config = planner, arm, hand, eyes, config
        self._observe = np.asarray(config.observe_joints)
        self._limits, self._filter = SafetyLimits(robot, config), SelfFilter(robot)
        self._chooser = Chooser(planner, self._limits, config)
        self._watch, self._clock = watch, clock

    def home(self, cancel: CancelToken, log: Log = lambda sentence: None) -> None:
        """Take the arm to where it observes from. Raises RobotError, PlanningError, PickFailure, Cancelled."""
        self._mover(self._watch, log).go_to(self._observe, cancel)

    def open_hand(self, cancel: CancelToken) -> None:
        """Open the hand fully. Raises GripperError, Cancelled."""
        self._hand.open(cancel)
        self._planner.carry(None)

    def run(self, goal: PickGoal, cancel: CancelToken, reports: Reports | None = None) -> PickResult:
        """Carry out ``goal`` to its end, its failure or its cancellation."""
        reports = reports or Reports()
        record = Record(reports.stage, self._clock)
        mover = self._mover(self._watch if goal.grasp is not None else self._watch_all, reports.log)
        try:
            self._carry_out(_Pick(goal, cancel, reports, record, mover))
        except Cancelled:
            self._hand.stop()
            return record.result(ErrorCode.CANCELLED, "cancelled; arm and gripper are at rest", mover.recoveries)
        except PickFailure as failure:
            return record.result(failure.code, str(failure), mover.recoveries)
        except (ArmError, GripperError) as error:
            code = next(code for kind, code in _CODES if isinstance(error, kind))
            return record.result(code, str(error), mover.recoveries)
        return record.result(ErrorCode.SUCCESS, _success(goal, record), mover.recoveries)

    def _mover(self, watch: Watch, log: Log) -> Mover:
        return Mover(self._planner, self._arm, self._limits, self._config, watch, log)

    def _watch_all(self) -> None:
        """A grasp that was given needs no camera; one that was seen does."""
        self._watch()
        self._eyes.check()

    def _carry_out(self, pick: _Pick) -> None:
        if not pick.goal.plan_only:
            self._hand.make_ready(pick.cancel)
        self._planner.carry(None)
        sighting: Sighting | None = None
        for pick.record.attempt in range(1, self._config.max_attempts + 1):
            pick.choice = None
            try:
                with _failures():
                    sighting = sighting or self._look(pick)
                    return self._attempt(pick, sighting)
            except PickFailure as failure:
                if not failure.retry or pick.record.attempt == self._config.max_attempts:
                    raise
                pick.record.reject(str(failure))
                pick.reports.log(f"{failure}; trying again")
            sighting = self._what_is_left(pick, sighting)

    def _attempt(self, pick: _Pick, sighting: Sighting) -> None:
        with pick.stage("plan"):
            pick.choice = choice = self._choose(pick, sighting)
            pick.record.grasp = choice.option.grasp
        if pick.goal.plan_only:
            return
        self._grasp(pick, choice, sighting)
        if pick.goal.places:
            with pick.stage("place"):
                self._place(pick, choice.option.grasp, sighting)

    def _look(self, pick: _Pick) -> Sighting:
        if pick.goal.grasp is not None:
            return Sighting("found", 1.0, [pick.goal.grasp])
        if not pick.goal.plan_only:
            with pick.stage("observe"):
                pick.mover.go_to(self._observe, pick.cancel)
        with pick.stage("detect"):
            sighting = self._eyes.look(pick.goal.instruction, pick.cancel)
        if sighting.status != "found":
            code = _SIGHTING_CODES.get(sighting.status, ErrorCode.PERCEPTION_FAILED)
            raise PickFailure(code, sighting.message or f"the thing is {sighting.status}")
        joints = pick.mover.joints()
        return replace(sighting, obstacles=self._filter.without_robot(sighting.obstacles, joints))

    def _choose(self, pick: _Pick, sighting: Sighting) -> Choice:
        self._planner.carry(None)
        self._planner.set_obstacles(sighting.obstacles, sighting.target)
        found = self._chooser.choose(sighting, pick.mover.joints())
        pick.reports.sifted(found, sighting)
        for line in found.lines:
            pick.record.reject(line)
        if found.chosen is not None:
            return found.chosen
        if not found.rejected:
            raise PickFailure(ErrorCode.NO_GRASP, sighting.message or "no grasp on the thing could be used")
        last = found.rejected[-1]
        passing = any(rejection.code in _PASSING_CODES for rejection in found.rejected)
        raise PickFailure(last.code, f"no grasp can be reached; the last: {last.reason}", retry=passing)

    def _grasp(self, pick: _Pick, choice: Choice, sighting: Sighting) -> None:
        grasp, reach, cancel = choice.option.grasp, choice.reach, pick.cancel
        with pick.stage("open"):
            self._hand.open_for(grasp, cancel)
        with pick.stage("approach"):
            pick.mover.transfer(reach.transfer, cancel)
            self._approach(pick, reach)
        with pick.stage("close"):
            closed = self._hand.close_on(grasp, cancel)
        with pick.stage("lift"):
            self._lift(pick, reach)
        with pick.stage("verify"):
            pick.record.measured_width = self._hand.width
            try:
                self._hand.check_width(grasp, *_EMPTY[closed])
                self._look_again(pick, grasp, sighting)
            except PickFailure:
                self._put_back(pick, reach)
                raise

    def _approach(self, pick: _Pick, reach: ReachPlan) -> None:
        """What stops the arm here is in its way: it rises, and does not press on."""
        try:
            pick.mover.line(reach.approach, pick.cancel, resume=False)
        except ArmAborted as error:
            pick.mover.rise(self._config.approach_distance, pick.cancel)
            raise PickFailure(ErrorCode.ARM_FAILED, f"something was in the way: {error}", retry=True) from error

    def _lift(self, pick: _Pick, reach: ReachPlan) -> None:
        """What slips out is let go, and the hand rises without it."""
        try:
            pick.mover.line(reach.retreat, pick.cancel, self._hand.watch_grip())
        except PickFailure as failure:
            if failure.code is ErrorCode.DROPPED:
                self._hand.open(pick.cancel)
                pick.mover.line_to(reach.retreat.positions[-1], pick.cancel)
            raise

    def _look_again(self, pick: _Pick, grasp: GraspCandidate, sighting: Sighting) -> None:
        """Has the thing left its place? Where that cannot be seen from here, it is looked at from above."""
        self._planner.set_obstacles(sighting.obstacles)
        self._planner.carry(carried_box(grasp, sighting.target))
        left = self._has_left(pick, sighting)
        if left is None and len(sighting.target):
            pick.mover.go_to(self._observe, pick.cancel, self._hand.watch_grip())
            left = self._has_left(pick, sighting)
        if left is False:
            raise PickFailure(
                ErrorCode.STILL_THERE, "the hand holds something, but the thing is still where it was", retry=True
            )
        pick.record.left_its_place = bool(left)

    def _has_left(self, pick: _Pick, sighting: Sighting) -> bool | None:
        return has_left(sighting.target, self._eyes.glance(pick.cancel)) if len(sighting.target) else None

    def _put_back(self, pick: _Pick, reach: ReachPlan) -> None:
        """Set down what is held where it was, as far as the arm is still above it, and leave the hand open above."""
        if self._hand.holds and pick.mover.is_at(reach.retreat.positions[-1]):
            pick.mover.line(backwards(reach.retreat), pick.cancel)
            self._hand.open(pick.cancel)
            pick.mover.line(reach.retreat, pick.cancel)
        else:
            self._hand.open(pick.cancel)

    def _what_is_left(self, pick: _Pick, sighting: Sighting | None) -> Sighting | None:
        """The other candidates of a sighting whose thing is seen to be in its place still; None asks for a new look."""
        if sighting is None or pick.choice is None:
            return None
        tried = pick.choice.option.grasp.pose
        others = [candidate for candidate in sighting.candidates if not np.allclose(candidate.pose, tried)]
        try:
            in_place = others and self._has_left(pick, sighting) is False
        except PerceptionError:
            return None
        return replace(sighting, candidates=others) if in_place else None

    def _place(self, pick: _Pick, grasp: GraspCandidate, sighting: Sighting) -> None:
        watch = self._hand.watch_grip()
        reach = self._plan_place(pick, grasp, sighting)
        pick.mover.transfer(reach.transfer, pick.cancel, watch)
        pick.mover.line(reach.approach, pick.cancel, watch)
        self._hand.release(pick.cancel)
        self._planner.carry(None)
        pick.mover.line(reach.retreat, pick.cancel)
        pick.mover.go_to(self._observe, pick.cancel)

    def _plan_place(self, pick: _Pick, grasp: GraspCandidate, sighting: Sighting) -> ReachPlan:
        goal, config = pick.goal, self._config
        if goal.place is not None:
            return self._reach_place(pick, goal.place)
        poses = place_poses(config.region_by_name[goal.region], grasp, sighting.obstacles)
        reasons = []
        for pose in islice(poses, config.plans_tried):
            try:
                return self._reach_place(pick, pose)
            except (PlanningError, PickFailure) as error:
                reasons.append(str(error))
        raise PickFailure(ErrorCode.NO_PLACE, f"no spot of '{goal.region}' can be reached; the last: {reasons[-1]}")

    def _reach_place(self, pick: _Pick, pose: np.ndarray) -> ReachPlan:
        self._limits.check_pose(pose, "the place")
        lengths = self._config.approach_distance, self._config.lift_distance
        return self._planner.plan_reach(pick.mover.joints(), pose, *lengths)


@dataclass
class _Pick:
    """One goal on its way."""

    goal: PickGoal
    cancel: CancelToken
    reports: Reports
    record: Record
    mover: Mover
    choice: Choice | None = None

    def stage(self, name: str) -> AbstractContextManager[None]:
        return self.record.stage(name, self.cancel)


@contextmanager
def _failures() -> Iterator[None]:
    """What perception and planner complain of, as failures of the attempt."""
    try:
        yield
    except PerceptionError as error:
        raise PickFailure(ErrorCode.PERCEPTION_FAILED, str(error), retry=True) from error
    except PlanningError as error:
        if error.reason == "cancelled":
            raise Cancelled from error
        raise PickFailure(planning_code(error), str(error), retry=error.reason in _MAY_PASS) from error


def _success(goal: PickGoal, record: Record) -> str:
    if goal.plan_only:
        return "planned; nothing was moved"
    if goal.places:
        return f"picked it and put it {f'in the {goal.region}' if goal.region else 'in its place'}"
    return f"holding it, {record.measured_width * 1000:.0f} mm between the fingers"
