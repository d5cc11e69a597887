"""Pick and place as a plain state machine over eyes, planner, arm and gripper. It knows neither ROS nor the simulator.

observe -> detect -> plan -> open -> approach -> close -> lift -> verify (-> place). What was missed or dropped is tried
again, up to ``max_attempts`` times: with the next candidate where the thing still is in its place, else after a new
look. Only a sighting with status ``found`` moves the arm towards anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.grasping import grasp
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import (
    Arm,
    ArmError,
    Cancelled,
    CancelToken,
    Eyes,
    GripperError,
    PerceptionError,
    Sighting,
    Watch,
)
from lggd_ros.execution.looking import choose, look, what_is_left
from lggd_ros.execution.motion import Log, Mover
from lggd_ros.execution.outcome import ErrorCode, PickFailure, PickGoal, PickResult, planning_code
from lggd_ros.execution.pick import Pick, Reports
from lggd_ros.execution.putting import put
from lggd_ros.execution.record import STAGES, Record
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.planning.planner import MotionPlanner, PlanningError
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.planning.self_filter import SelfFilter

__all__ = ["STAGES", "PickAndPlace", "Reports"]

BETWEEN_LOOKS = 1.0  # seconds to wait after one that failed
_MAY_PASS = ("timed_out", "internal")  # planning failures after which the same question may have another answer


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
        self._limits, self._filter = SafetyLimits(robot, config), SelfFilter(robot)
        self._watch, self._clock = watch, clock

    def home(self, cancel: CancelToken, log: Log = lambda sentence: None) -> None:
        """Take the arm to where it observes from, with what the hand holds. Raises RobotError, PlanningError,
        PickFailure, Cancelled."""
        if not self._hand.holds:
            self._planner.carry(None)
        watch = self._hand.watch_grip(may_shift=True)
        self._mover(self._watch, log).go_to(np.asarray(self._config.observe_joints), cancel, watch)

    def open_hand(self, cancel: CancelToken) -> None:
        """Open the hand fully. Raises GripperError, Cancelled."""
        self._hand.open(cancel)
        self._planner.carry(None)

    def run(self, goal: PickGoal, cancel: CancelToken, reports: Reports | None = None) -> PickResult:
        """Carry out ``goal`` to its end, its failure or its cancellation."""
        pick = self._pick(goal, cancel, reports or Reports())
        try:
            self._carry_out(pick)
        except Cancelled:
            return self._cancelled(pick)
        except PickFailure as failure:
            return _result(pick, failure.code, str(failure))
        except ArmError as error:
            return _result(pick, ErrorCode.ARM_FAILED, str(error))
        except GripperError as error:
            return _result(pick, ErrorCode.GRIPPER_FAILED, str(error))
        return _result(pick, ErrorCode.SUCCESS, _success(goal, pick.record))

    def _cancelled(self, pick: Pick) -> PickResult:
        try:
            if not pick.goal.plan_only:
                self._hand.come_to_rest()
        except GripperError as error:
            return _result(pick, ErrorCode.GRIPPER_FAILED, f"cancelled, and the arm is at rest; {error}")
        return _result(pick, ErrorCode.CANCELLED, "cancelled; arm and gripper are at rest")

    def _pick(self, goal: PickGoal, cancel: CancelToken, reports: Reports) -> Pick:
        """A grasp that was given needs no camera; one that was seen does."""
        mover = self._mover(self._watch if goal.grasp is not None else self._watch_all, reports.log)
        record = Record(reports.stage, self._clock)
        parts = (self._config, self._planner, self._limits, mover, self._hand, self._eyes)
        return Pick(goal, cancel, reports, record, *parts)

    def _mover(self, watch: Watch, log: Log) -> Mover:
        return Mover(self._planner, self._arm, self._limits, self._config, watch, log)

    def _watch_all(self) -> None:
        self._watch()
        self._eyes.check()

    def _carry_out(self, pick: Pick) -> None:
        """Attempt after attempt. A hand that holds something ends it: nothing is dropped to try again."""
        if pick.goal.place is not None:
            self._limits.check_pose(pick.goal.place, "the place")
        if not pick.goal.plan_only:
            self._hand.make_ready(pick.cancel)
        sighting: Sighting | None = None
        for pick.record.attempt in range(1, self._config.max_attempts + 1):
            if not self._hand.holds:
                self._planner.carry(None)
            pick.choice = None
            try:
                with _failures():
                    sighting = sighting or look(pick, self._filter)
                    return _attempt(pick, sighting)
            except PickFailure as failure:
                last = pick.record.attempt == self._config.max_attempts
                if last or not failure.retry or self._hand.holds:
                    raise
                if failure.code is ErrorCode.PERCEPTION_FAILED:
                    pick.cancel.wait(BETWEEN_LOOKS)
                if pick.choice is not None:
                    pick.failed.append(pick.choice.option.grasp.pose)
                pick.record.reject(str(failure))
                pick.reports.log(f"{failure}; trying again")
            sighting = what_is_left(pick, sighting)


def _attempt(pick: Pick, sighting: Sighting) -> None:
    with pick.stage("plan"):
        pick.choice = choose(pick, sighting)
        pick.record.grasp = pick.choice.option.grasp
    if pick.goal.plan_only:
        return
    grasp(pick, pick.choice, sighting)
    if pick.goal.places:
        with pick.stage("place"):
            put(pick, pick.choice.option.grasp, sighting)


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


def _result(pick: Pick, code: ErrorCode, message: str) -> PickResult:
    return pick.record.result(code, message, pick.mover.recoveries)


def _success(goal: PickGoal, record: Record) -> str:
    if goal.plan_only:
        return "planned; nothing was moved"
    if goal.places:
        return f"picked it and put it {f'in the {goal.region}' if goal.region else 'in its place'}"
    return f"holding it, {record.measured_width * 1000:.0f} mm between the fingers"
