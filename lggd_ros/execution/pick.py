"""One goal on its way: what it asks for, what it works with, and what has become of it so far."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import numpy as np

from lggd_ros.execution.choosing import Choice, Sifted
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import CancelToken, Eyes, Sighting
from lggd_ros.execution.motion import Log, Mover
from lggd_ros.execution.outcome import PickGoal
from lggd_ros.execution.record import OnStage, Record
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.planning.planner import MotionPlanner, ReachPlan


@dataclass(frozen=True)
class Reports:
    """Who is told: ``stage(stage, attempt, progress)`` as each begins; ``sifted(found, sighting)`` which grasp was
    chosen and why others were not; ``log(sentence)`` of what went wrong and was mended."""

    stage: OnStage = lambda stage, attempt, progress: None
    sifted: Callable[[Sifted, Sighting], None] = lambda found, sighting: None
    log: Log = lambda sentence: None


@dataclass
class Pick:
    """``seen``: the looks that last found the thing. ``choice``: what is tried in this attempt. ``blocked``: poses
    (4, 4) where something was in the way, ``failed``: those of earlier attempts."""

    goal: PickGoal
    cancel: CancelToken
    reports: Reports
    record: Record
    config: PickConfig
    planner: MotionPlanner
    limits: SafetyLimits
    mover: Mover
    hand: Hand
    eyes: Eyes
    seen: list[Sighting] = field(default_factory=list)
    choice: Choice | None = None
    blocked: list[np.ndarray] = field(default_factory=list)
    failed: list[np.ndarray] = field(default_factory=list)

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Announce and time a stage."""
        return self.record.stage(name, self.cancel)

    def observe(self, place: int = 0) -> None:
        """Take the arm to where it sees the table, or to another of such places. What the hand holds is watched."""
        self.mover.go_to(self.config.viewpoint(place), self.cancel, self.hand.watch_grip(may_shift=True))

    def plan_reach(self, pose: np.ndarray, opening: float) -> ReachPlan:
        """From where the arm is to a tool pose (4, 4), within the limits. Raises PlanningError, PickFailure."""
        lengths = self.config.approach_distance, self.config.lift_distance
        reach = self.planner.plan_reach(self.mover.joints(), pose, *lengths, opening)
        for part in (reach.transfer, reach.approach, reach.retreat):
            self.limits.check_motion(part)
        return reach
