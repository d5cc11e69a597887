"""Which grasp to take: candidates are sifted by reach and room, planned for in order of promise, and compared.

Where every candidate is blocked, variations of them and of a grasp from above are sifted in the same way. What has
failed before is tried again only where nothing else is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lggd_ros.execution.clearance import HandClearance
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import GraspCandidate, Sighting
from lggd_ros.execution.outcome import ErrorCode, PickFailure, planning_code
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.execution.variations import from_above, variations
from lggd_ros.grasps.lift import MAX_OPENING
from lggd_ros.planning.config import PlannerConfig
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.planning.planner import PlanningError, ReachPlan

ROOMY = 0.03  # metres of clearance beyond which more room is not better
FEW_VOXELS = 20  # obstacle voxels in the fingers' way that halve a grasp's promise
LONG_WAY = 3.0  # seconds of transfer that halve it
SAME_PLACE, SAME_TURN = 0.01, 0.94  # metres; cosine of the angle between axes
_PLANNER = PlannerConfig()
PlanReach = Callable[[np.ndarray, float], ReachPlan]


@dataclass(frozen=True)
class Option:
    """A grasp worth a plan. ``promise`` in [0, 1]: its quality, less for little room."""

    name: str
    grasp: GraspCandidate
    promise: float


@dataclass(frozen=True)
class Rejection:
    """A grasp that is not taken, and why."""

    name: str
    grasp: GraspCandidate
    code: ErrorCode
    reason: str


@dataclass(frozen=True)
class Choice:
    """The grasp to take and the plan that takes it."""

    option: Option
    reach: ReachPlan

    @property
    def promise(self) -> float:
        """Of the grasp, less for a long way."""
        return self.option.promise / (1 + self.reach.transfer.duration / LONG_WAY)


@dataclass
class Sifted:
    """What became of the grasps of one sighting; ``chosen`` is None where every one was rejected."""

    chosen: Choice | None = None
    rejected: list[Rejection] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """One line per rejection, for a person."""
        return [*self.remarks, *(f"{rejection.name}: {rejection.reason}" for rejection in self.rejected)]


class Chooser:
    """Chooses among the candidates of a sighting. ``plan_reach(pose, opening)`` already knows the obstacles.

    ``tried``: poses (4, 4) of grasps that have failed.
    """

    def __init__(
        self, plan_reach: PlanReach, limits: SafetyLimits, config: PickConfig, tried: Sequence[np.ndarray] = ()
    ):
        self._plan_reach, self._limits, self._config, self._tried = plan_reach, limits, config, tried

    def choose(self, sighting: Sighting) -> Sifted:
        """Sift the candidates, where none is left their variations, and where none of these is, what was tried before.

        Raises PlanningError when planning is cancelled.
        """
        voxels = VoxelMap.from_points(sighting.obstacles, _PLANNER.obstacle_resolution, _PLANNER.table_clearance)
        room = HandClearance(voxels, _PLANNER.attachments)
        sifted = Sifted(remarks=list(sighting.rejections))
        named = [(f"grasp {number}", self._fitted(grasp)) for number, grasp in enumerate(sighting.candidates, start=1)]
        self._plan(self._worthwhile(self._untried(named), room, sifted.rejected), sifted)
        if sifted.chosen is None:
            hopeless: list[Rejection] = []
            plain = from_above(sighting.target, sighting.obstacles)
            starts = named + ([("the thing's shape", plain)] if plain is not None else [])
            varied = self._untried(self._varied(starts, sighting.target))
            self._plan(self._worthwhile(varied, room, hopeless), sifted)
            sifted.remarks += _summary(hopeless)
        if sifted.chosen is None and self._tried:
            again = [(name, grasp) for name, grasp in named if self._was_tried(grasp)]
            self._plan(self._worthwhile(again, room, sifted.rejected), sifted)
        return sifted

    def _untried(self, named: Iterable[tuple[str, GraspCandidate]]) -> list[tuple[str, GraspCandidate]]:
        return [(name, grasp) for name, grasp in named if not self._was_tried(grasp)]

    def _was_tried(self, grasp: GraspCandidate) -> bool:
        return any(alike(grasp.pose, pose) for pose in self._tried)

    def _fitted(self, grasp: GraspCandidate) -> GraspCandidate:
        """The jaws opened at least as wide as the thing and its margins need."""
        needed = grasp.object_width + 2 * self._config.opening_margin
        return replace(grasp, opening=min(max(needed, grasp.opening), MAX_OPENING))

    def _varied(
        self, named: list[tuple[str, GraspCandidate]], target: np.ndarray
    ) -> Iterator[tuple[str, GraspCandidate]]:
        for name, grasp in named:
            for varied in variations(grasp, target, self._config.opening_margin):
                yield f"variation of {name}", varied

    def _worthwhile(
        self, named: list[tuple[str, GraspCandidate]], room: HandClearance, rejected: list[Rejection]
    ) -> list[Option]:
        """The grasps that lie in the workspace and have room for the hand, most promising first."""
        options = []
        for name, grasp in named:
            try:
                options.append(Option(name, grasp, self._promise(grasp, room)))
            except PickFailure as failure:
                rejected.append(Rejection(name, grasp, failure.code, str(failure)))
        return sorted(options, key=lambda option: -option.promise)

    def _promise(self, grasp: GraspCandidate, room: HandClearance) -> float:
        self._limits.check_pose(grasp.pose, "the grasp")
        self._limits.check_pose(grasp.pose + _up(self._config.lift_distance), "the lifted hand")
        clearance = room.at(grasp.pose, grasp.opening)
        if clearance.distance <= 0:
            raise PickFailure(ErrorCode.GOAL_IN_COLLISION, f"at the pose {clearance.body} hits an obstacle")
        roominess = 0.5 + 0.5 * min(clearance.distance / ROOMY, 1.0)
        return grasp.quality * roominess / (1 + clearance.finger_voxels / FEW_VOXELS)

    def _plan(self, options: list[Option], sifted: Sifted) -> None:
        """Plan for the options in order, and choose the best of the first few that have a plan."""
        choices: list[Choice] = []
        for option in options[: self._config.plans_tried]:
            try:
                choices.append(Choice(option, self._plan_reach(option.grasp.pose, option.grasp.opening)))
            except PlanningError as error:
                if error.reason == "cancelled":
                    raise
                sifted.rejected.append(Rejection(option.name, option.grasp, planning_code(error), str(error)))
            except PickFailure as failure:
                sifted.rejected.append(Rejection(option.name, option.grasp, failure.code, str(failure)))
            if len(choices) == self._config.plans_compared:
                break
        sifted.chosen = max(choices, key=lambda choice: choice.promise, default=None)


def alike(pose: np.ndarray, other: np.ndarray) -> bool:
    """Whether two grasps (4, 4) are all but the same, the turn of the hand by pi left aside."""
    near = np.allclose(pose[:3, 3], other[:3, 3], atol=SAME_PLACE)
    return bool(near and abs(pose[:3, 1] @ other[:3, 1]) > SAME_TURN and pose[:3, 2] @ other[:3, 2] > SAME_TURN)


def _up(height: float) -> np.ndarray:
    offset = np.zeros((4, 4))
    offset[2, 3] = height
    return offset


def _summary(rejected: list[Rejection]) -> list[str]:
    """One line for all variations of a grasp that fell out for the same reason."""
    counts = Counter((rejection.name, rejection.reason) for rejection in rejected)
    return [f"{count} × {name}: {reason}" for (name, reason), count in counts.items()]
