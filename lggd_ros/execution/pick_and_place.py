"""Pick and place as a plain state machine over eyes, planner, arm and gripper. It knows neither ROS nor the simulator.

observe -> detect -> plan -> open -> approach -> close -> lift -> verify (-> place). A thing that was missed or dropped
is looked for again, up to ``max_attempts`` times. Only a sighting with status ``found`` moves the arm towards anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import (
    Arm,
    ArmError,
    Cancelled,
    CancelToken,
    Eyes,
    GraspCandidate,
    Gripper,
    GripperError,
    PerceptionError,
    Sighting,
)
from lggd_ros.execution.outcome import ErrorCode, PickFailure, PickGoal, PickResult
from lggd_ros.planning.planner import JointTrajectory, MotionPlanner, PlanningError, ReachPlan

STAGES = ("observe", "detect", "plan", "open", "approach", "close", "lift", "verify", "place")
OnStage = Callable[[str, int, float], None]

_PLANNING_CODES = {
    "no_ik": ErrorCode.NO_IK,
    "start_in_collision": ErrorCode.START_IN_COLLISION,
    "goal_in_collision": ErrorCode.GOAL_IN_COLLISION,
    "no_path": ErrorCode.NO_PATH,
    "no_straight_path": ErrorCode.NO_STRAIGHT_PATH,
    "timed_out": ErrorCode.PLANNING_TIMED_OUT,
    "cancelled": ErrorCode.CANCELLED,
}
_SIGHTING_CODES = {"absent": ErrorCode.ABSENT, "ambiguous": ErrorCode.AMBIGUOUS}


class PickAndPlace:
    """One arm that picks what it is told.

    ``on_stage(stage, attempt, progress)`` is called as each stage begins. ``clock`` returns seconds; the simulator
    passes its own. ``run`` never raises for what can go wrong in the world: it returns a ``PickResult``.
    """

    def __init__(
        self,
        planner: MotionPlanner,
        arm: Arm,
        gripper: Gripper,
        eyes: Eyes,
        config: PickConfig,
        on_stage: OnStage = lambda stage, attempt, progress: None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._planner, self._arm, self._gripper, self._eyes = planner, arm, gripper, eyes
        self._config, self._on_stage, self._clock = config, on_stage, clock

    def run(self, goal: PickGoal, cancel: CancelToken) -> PickResult:
        """Carry out ``goal`` to its end, its failure or its cancellation."""
        run = _Run(self._on_stage, self._clock)
        try:
            self._attempts(goal, run, cancel)
        except Cancelled:
            self._gripper.stop()
            return run.result(ErrorCode.CANCELLED, "cancelled; arm and gripper are at rest")
        except PickFailure as failure:
            return run.result(failure.code, str(failure))
        except PerceptionError as error:
            return run.result(ErrorCode.PERCEPTION_FAILED, str(error))
        except PlanningError as error:
            return run.result(_PLANNING_CODES.get(error.reason, ErrorCode.PLANNING_FAILED), str(error))
        except ArmError as error:
            return run.result(ErrorCode.ARM_FAILED, str(error))
        except GripperError as error:
            return run.result(ErrorCode.GRIPPER_FAILED, str(error))
        return run.result(ErrorCode.SUCCESS, _success(goal, run))

    def _attempts(self, goal: PickGoal, run: _Run, cancel: CancelToken) -> None:
        for run.attempt in range(1, self._config.max_attempts + 1):
            try:
                return self._attempt(goal, run, cancel)
            except PickFailure as failure:
                if not failure.retry or run.attempt == self._config.max_attempts:
                    raise
                run.rejections.append(f"attempt {run.attempt}: {failure}")

    def _attempt(self, goal: PickGoal, run: _Run, cancel: CancelToken) -> None:
        sighting = self._given(goal.grasp) if goal.grasp is not None else self._look(goal, run, cancel)
        with run.stage("plan", cancel):
            run.grasp, reach = self._choose(sighting, run)
        if goal.plan_only:
            return
        self._grasp(run.grasp, reach, run, cancel)
        if goal.place is not None:
            with run.stage("place", cancel):
                self._place(goal.place, cancel)

    @staticmethod
    def _given(grasp: GraspCandidate) -> Sighting:
        return Sighting("found", 1.0, [grasp])

    def _look(self, goal: PickGoal, run: _Run, cancel: CancelToken) -> Sighting:
        if not goal.plan_only:
            with run.stage("observe", cancel):
                self._go_to(self._config.observe_joints, cancel)
        with run.stage("detect", cancel):
            sighting = self._eyes.look(goal.instruction, cancel)
        if sighting.status != "found":
            code = _SIGHTING_CODES.get(sighting.status, ErrorCode.PERCEPTION_FAILED)
            raise PickFailure(code, sighting.message or f"the thing is {sighting.status}")
        return sighting

    def _go_to(self, joints: tuple[float, ...], cancel: CancelToken) -> None:
        goal = np.asarray(joints)
        if np.abs(self._arm.joint_positions() - goal).max() > 1e-2:
            self._arm.execute(self._plan_away(goal, cancel), cancel)

    def _plan_away(self, goal: np.ndarray, cancel: CancelToken) -> JointTrajectory:
        """To joints ``goal`` (7,); a hand left among things, by a cancel say, first goes straight up out of them."""
        try:
            return self._planner.plan_to_joints(self._arm.joint_positions(), goal)
        except PlanningError as error:
            if error.reason != "start_in_collision":
                raise
        up = np.array([0.0, 0.0, self._config.approach_distance])
        self._arm.execute(self._planner.plan_straight(self._arm.joint_positions(), up), cancel)
        return self._planner.plan_to_joints(self._arm.joint_positions(), goal)

    def _choose(self, sighting: Sighting, run: _Run) -> tuple[GraspCandidate, ReachPlan]:
        """The first candidate, best first, that lies in the workspace and can be reached."""
        self._planner.set_obstacles(sighting.obstacles)
        start = self._arm.joint_positions()
        failure = PickFailure(ErrorCode.NO_GRASP, sighting.message or "no grasp on the thing could be used")
        for number, candidate in enumerate(sighting.candidates, start=1):
            try:
                return candidate, self._reach(start, candidate)
            except PlanningError as error:
                code = _PLANNING_CODES.get(error.reason, ErrorCode.PLANNING_FAILED)
                failure = PickFailure(code, f"no grasp can be reached; the last: {error}")
                run.rejections.append(f"attempt {run.attempt}, grasp {number}: {error}")
            except PickFailure as error:
                failure = error
                run.rejections.append(f"attempt {run.attempt}, grasp {number}: {error}")
        raise failure

    def _reach(self, start: np.ndarray, candidate: GraspCandidate) -> ReachPlan:
        position = candidate.pose[:3, 3]
        if not self._config.in_workspace(position):
            x, y, z = position
            raise PickFailure(
                ErrorCode.OUTSIDE_WORKSPACE, f"({x:.2f}, {y:.2f}, {z:.2f}) m lies outside the workspace of the arm"
            )
        return self._planner.plan_reach(
            start, candidate.pose, self._config.approach_distance, self._config.lift_distance
        )

    def _grasp(self, grasp: GraspCandidate, reach: ReachPlan, run: _Run, cancel: CancelToken) -> None:
        config = self._config
        with run.stage("open", cancel):
            self._gripper.move(grasp.opening, cancel)
        with run.stage("approach", cancel):
            self._arm.execute(reach.transfer, cancel)
            self._arm.execute(reach.approach, cancel)
        with run.stage("close", cancel):
            tolerance = config.width_tolerance
            held = self._gripper.grasp(grasp.object_width, tolerance, tolerance, config.grasp_force, cancel)
        with run.stage("lift", cancel):
            self._arm.execute(reach.retreat, cancel)
        with run.stage("verify", cancel):
            run.measured_width = self._gripper.width()
            self._verify(grasp, held, run.measured_width, cancel)

    def _verify(self, grasp: GraspCandidate, held: bool, width: float, cancel: CancelToken) -> None:
        """Success is judged by the measured width. What was not held as expected is let go before another look."""
        config = self._config
        if width > config.empty_width and abs(width - grasp.object_width) <= config.width_tolerance:
            return
        self._gripper.move(grasp.opening, cancel)
        if width <= config.empty_width:
            code, what = (ErrorCode.DROPPED, "dropped it") if held else (ErrorCode.MISSED, "closed on nothing")
            raise PickFailure(code, f"the hand {what}: {width * 1000:.0f} mm between the fingers", retry=True)
        expected = f"{width * 1000:.0f} mm between the fingers, {grasp.object_width * 1000:.0f} mm expected"
        raise PickFailure(ErrorCode.WRONG_WIDTH, f"the hand holds something else: {expected}", retry=True)

    def _place(self, pose: np.ndarray, cancel: CancelToken) -> None:
        config = self._config
        reach = self._planner.plan_reach(
            self._arm.joint_positions(), pose, config.approach_distance, config.lift_distance
        )
        self._arm.execute(reach.transfer, cancel)
        self._arm.execute(reach.approach, cancel)
        self._gripper.move(min(self._gripper.width() + 0.02, 0.08), cancel)
        self._arm.execute(reach.retreat, cancel)
        self._go_to(config.observe_joints, cancel)


class _Run:
    """What is known of one goal while it runs."""

    def __init__(self, on_stage: OnStage, clock: Callable[[], float]):
        self._on_stage, self._clock = on_stage, clock
        self.attempt = 1
        self.grasp: GraspCandidate | None = None
        self.measured_width = 0.0
        self.seconds: dict[str, float] = {}
        self.rejections: list[str] = []

    @contextmanager
    def stage(self, name: str, cancel: CancelToken) -> Iterator[None]:
        """Announce a stage, time it, and leave at its edges when cancelled."""
        cancel.raise_if_cancelled()
        self._on_stage(name, self.attempt, STAGES.index(name) / len(STAGES))
        start = self._clock()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + self._clock() - start
        cancel.raise_if_cancelled()

    def result(self, code: ErrorCode, message: str) -> PickResult:
        """The result of this run, ended by ``code``."""
        return PickResult(code, message, self.grasp, self.measured_width, self.seconds, self.rejections)


def _success(goal: PickGoal, run: _Run) -> str:
    if goal.plan_only:
        return "planned; nothing was moved"
    if goal.place is not None:
        return "picked and placed"
    return f"holding it, {run.measured_width * 1000:.0f} mm between the fingers"
