"""Goal and result of a pick, and the error codes of ``lggd_ros_msgs/action/ExecuteGrasp``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from lggd_ros.execution.interfaces import GraspCandidate
from lggd_ros.planning.planner import PlanningError


class ErrorCode(IntEnum):
    """Why a pick ended; equal to the constants in ``ExecuteGrasp.action`` (a test compares them)."""

    SUCCESS = 0
    NO_IMAGES = 100
    PERCEPTION_FAILED = 101
    NO_TRANSFORM = 102
    ABSENT = 110
    AMBIGUOUS = 111
    NO_GRASP = 112
    NO_IK = 200
    START_IN_COLLISION = 201
    GOAL_IN_COLLISION = 202
    NO_PATH = 203
    NO_STRAIGHT_PATH = 204
    PLANNING_TIMED_OUT = 205
    PLANNING_FAILED = 206
    OUTSIDE_WORKSPACE = 207
    NO_PLACE = 208
    ARM_FAILED = 300
    GRIPPER_FAILED = 400
    HAND_FULL = 401
    MISSED = 500
    WRONG_WIDTH = 501
    DROPPED = 502
    STILL_THERE = 503
    INTERNAL = 900
    CANCELLED = 901
    BUSY = 902
    INVALID_GOAL = 903


_OF_PLANNING = {
    "no_ik": ErrorCode.NO_IK,
    "start_in_collision": ErrorCode.START_IN_COLLISION,
    "goal_in_collision": ErrorCode.GOAL_IN_COLLISION,
    "no_path": ErrorCode.NO_PATH,
    "no_straight_path": ErrorCode.NO_STRAIGHT_PATH,
    "timed_out": ErrorCode.PLANNING_TIMED_OUT,
    "cancelled": ErrorCode.CANCELLED,
}


def planning_code(error: PlanningError) -> ErrorCode:
    """The code of a planner's failure."""
    return _OF_PLANNING.get(error.reason, ErrorCode.PLANNING_FAILED)


@dataclass(frozen=True)
class PickGoal:
    """What to pick: an ``instruction`` or an explicit ``grasp``; where to put it: ``place``, a 4x4 tool pose in the
    base frame, or the name of a ``region``, or nowhere, to keep holding it; ``plan_only`` moves nothing."""

    instruction: str = ""
    grasp: GraspCandidate | None = None
    place: np.ndarray | None = None
    region: str = ""
    plan_only: bool = False

    def __post_init__(self) -> None:
        if not self.instruction.strip() and self.grasp is None:
            raise ValueError("the goal has neither an instruction nor a grasp; give one of them")
        if self.region and self.place is not None:
            raise ValueError(f"the goal has a place pose and the region '{self.region}'; give one of them")

    @property
    def places(self) -> bool:
        """Whether the thing is put down somewhere."""
        return bool(self.region) or self.place is not None


@dataclass(frozen=True)
class PickResult:
    """How a pick ended. ``seconds`` per stage; ``rejections``: why candidates that were tried fell out;
    ``left_its_place``: a second look saw the thing's place empty; ``recoveries`` of the arm from errors."""

    code: ErrorCode
    message: str
    grasp: GraspCandidate | None = None
    measured_width: float = 0.0
    left_its_place: bool = False
    recoveries: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    rejections: list[str] = field(default_factory=list)


class PickFailure(Exception):
    """Ends the attempt with ``code``; ``retry`` tells whether another candidate or another look may help."""

    def __init__(self, code: ErrorCode, message: str, retry: bool = False):
        super().__init__(message)
        self.code, self.retry = code, retry
