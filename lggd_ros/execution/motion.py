"""Moves the arm along plans: each is checked before it starts, watched while it runs, and resumed after an error."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import Arm, ArmAborted, ArmError, Cancelled, CancelToken, PerceptionError, Watch
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.planning.planner import JointTrajectory, MotionPlanner, PlanningError

ARRIVED = 1e-2  # rad
ASTRAY = 2e-2  # rad by which the arm may have been moved since a trajectory was planned
POLL = 0.05
Log = Callable[[str], None]


class Mover:
    """The arm for one goal. ``recoveries`` counts the errors that it was recovered from; ``log`` is told of them.

    ``watch`` is asked during every motion; what it raises stops the arm.
    """

    def __init__(
        self,
        planner: MotionPlanner,
        arm: Arm,
        limits: SafetyLimits,
        config: PickConfig,
        watch: Watch,
        log: Log,
    ):
        self._planner, self._arm, self._limits, self._config = planner, arm, limits, config
        self._watch, self._log = watch, log
        self.recoveries = 0

    def joints(self) -> np.ndarray:
        """Measured joints (7,). Raises ArmError when stale."""
        return self._arm.joint_positions()

    def transfer(self, trajectory: JointTrajectory, cancel: CancelToken, watch: Watch | None = None) -> None:
        """Through free space to the trajectory's end. Raises ArmError, PlanningError, PickFailure, Cancelled."""
        self._follow(trajectory, self._planner.plan_to_joints, cancel, watch)

    def line(self, trajectory: JointTrajectory, cancel: CancelToken, watch: Watch | None = None) -> None:
        """Along a straight line of the tool. Raises as ``transfer``."""
        self._follow(trajectory, self._plan_line, cancel, watch)

    def line_in(self, trajectory: JointTrajectory, cancel: CancelToken, watch: Watch | None = None) -> None:
        """Along a straight line, in among things. Raises as ``transfer``.

        What stops the arm there is in its way: it does not press on, but goes back out, where it can, before ArmAborted
        is raised.
        """
        try:
            self._follow(trajectory, self._plan_line, cancel, watch, resume=False)
        except ArmAborted:
            try:
                self.line_to(trajectory.positions[0], cancel, watch)
            except (PlanningError, PickFailure) as error:
                lost = isinstance(error, PickFailure) and error.code is not ErrorCode.OUTSIDE_WORKSPACE
                if lost or cancel.cancelled:
                    raise
                self._log(f"the arm stays where it was stopped: {error}")
            raise

    def line_to(self, end: np.ndarray, cancel: CancelToken, watch: Watch | None = None) -> None:
        """Straight to where the tool is at joints ``end`` (7,)."""
        self.line(self._plan_line(self.joints(), end), cancel, watch)

    def is_at(self, joints: np.ndarray) -> bool:
        """Whether the arm stands at joints (7,)."""
        return bool(np.abs(self.joints() - joints).max() <= ARRIVED)

    def go_to(self, goal: np.ndarray, cancel: CancelToken, watch: Watch | None = None) -> None:
        """To joints ``goal`` (7,); a hand left among things, by a cancel say, first goes straight up out of them."""
        if self.is_at(goal):
            return
        try:
            way = self._planner.plan_to_joints(self.joints(), goal)
        except PlanningError as error:
            if error.reason != "start_in_collision":
                raise
            self.rise(self._config.approach_distance, cancel, watch)
            way = self._planner.plan_to_joints(self.joints(), goal)
        self.transfer(way, cancel, watch)

    def rise(self, height: float, cancel: CancelToken, watch: Watch | None = None) -> None:
        """Straight up by ``height`` metres."""
        self.line(self._planner.plan_straight(self.joints(), np.array([0.0, 0.0, height])), cancel, watch)

    def _follow(
        self,
        trajectory: JointTrajectory,
        replan: Callable[[np.ndarray, np.ndarray], JointTrajectory],
        cancel: CancelToken,
        watch: Watch | None,
        resume: bool = True,
    ) -> None:
        end = trajectory.positions[-1]
        while True:
            cancel.raise_if_cancelled()
            if np.abs(self.joints() - trajectory.positions[0]).max() > ASTRAY:
                trajectory = replan(self.joints(), end)
            self._limits.check_motion(trajectory)
            try:
                return self._arm.execute(trajectory, cancel, self._both(watch))
            except ArmAborted as error:
                self._recover(error, cancel)
                if not resume:
                    raise
            except PerceptionError as error:
                self._pause(error, cancel)
            trajectory = replan(self.joints(), end)

    def _both(self, watch: Watch | None) -> Watch:
        def check() -> None:
            self._watch()
            if watch is not None:
                watch()

        return check

    def _recover(self, error: ArmAborted, cancel: CancelToken) -> None:
        """Nothing moves in a recovery; the rest of the way is planned anew from where the arm stands."""
        if self.recoveries >= self._config.max_recoveries:
            raise ArmError(f"{error}; it is not recovered more than {self._config.max_recoveries} times") from error
        self.recoveries += 1
        self._log(f"{error}; recovery {self.recoveries} of at most {self._config.max_recoveries}")
        self._arm.recover(cancel)

    def _pause(self, error: PerceptionError, cancel: CancelToken) -> None:
        """Wait, at rest, for a camera that fell silent. Raises PickFailure when it stays silent, Cancelled."""
        self._log(f"stopped: {error}")
        end = time.monotonic() + self._config.camera_patience
        while time.monotonic() < end:
            if cancel.wait(POLL):
                raise Cancelled
            try:
                return self._watch()
            except PerceptionError as still:
                error = still
        raise PickFailure(ErrorCode.NO_IMAGES, f"the arm was stopped: {error}")

    def _plan_line(self, start: np.ndarray, end: np.ndarray) -> JointTrajectory:
        fk = self._limits.robot.fk
        return self._planner.plan_straight(start, fk(end)[:3, 3] - fk(start)[:3, 3])


def backwards(trajectory: JointTrajectory) -> JointTrajectory:
    """The same way and times, from its end to its start."""
    return JointTrajectory(
        trajectory.joint_names,
        trajectory.times[-1] - trajectory.times[::-1],
        trajectory.positions[::-1],
        -trajectory.velocities[::-1],
        trajectory.accelerations[::-1],
    )
