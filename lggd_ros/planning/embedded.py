"""The motion planner for machines without MoveIt: analytic IK, RRT-Connect, convex collision shapes and TOPP-RA."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import numpy as np

from lggd_ros.grasps.lift import MAX_OPENING
from lggd_ros.planning.checker import Checker
from lggd_ros.planning.collision import CollisionChecker
from lggd_ros.planning.config import PlannerConfig
from lggd_ros.planning.kinematics import flipped, follow_line, inverse, line_length, travel_cost, why_unreachable
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.planning.planner import NO_POINTS, CarriedBox, JointTrajectory, PlanningError, ReachPlan
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.planning.search import find_path, straight_segment
from lggd_ros.planning.timing import MotionLimits, densified, slowed, time_path

# Distances between knots of the spline through a path, rad; the next is tried where the spline cuts into something.
_KNOT_SPACINGS = (0.25, 0.1, 0.04)
_GRASPS_PER_CANDIDATE = 5


@dataclass(frozen=True, eq=False)
class _Reach:
    """Straight ways in and out, joints (N, 7) each: the grasp is the end of one and the start of the other."""

    approach: np.ndarray
    retreat: np.ndarray

    @property
    def pregrasp(self) -> np.ndarray:
        return self.approach[0]


class EmbeddedPlanner:
    """MotionPlanner in this process, for the FR3 with its hand on the table plane z = 0 of the base frame.

    Every failure is a PlanningError with a reason; equal seeds give equal plans. ``should_stop`` is asked all along and
    ends planning with ``cancelled`` within milliseconds. Not to be shared between threads.
    """

    def __init__(self, config: PlannerConfig | None = None, should_stop: Callable[[], bool] = lambda: False) -> None:
        self.config = config or PlannerConfig()
        self.should_stop = should_stop
        self.robot = RobotModel(self.config.attachments)
        self._limits = MotionLimits(
            self.robot.velocity * self.config.velocity_scaling,
            self.robot.acceleration * self.config.acceleration_scaling,
            self.config.sample_time,
        )
        self._carried: CarriedBox | None = None
        self._opening = MAX_OPENING
        self.set_obstacles(NO_POINTS)

    def set_obstacles(self, points: np.ndarray, target: np.ndarray = NO_POINTS) -> None:
        """Replace the obstacle map by points (N, 3) seen in the base frame, the robot's own left out.

        ``target`` (M, 3): the points of the thing to be grasped, in the way of the transfer only. What lies below a
        point counts as solid down to the table. Raises ValueError on another shape.
        """
        resolution, clearance = self.config.obstacle_resolution, self.config.table_clearance
        self._obstacles = VoxelMap.from_points(points, resolution, clearance)
        self._with_target = self._obstacles.joined(VoxelMap.from_points(target, resolution, clearance))
        self._make_checkers()

    def carry(self, box: CarriedBox | None) -> None:
        """From now on the hand holds ``box``, which collides as the hand does, or nothing."""
        self._carried = box
        self._make_checkers()

    def _make_checkers(self) -> None:
        self._clear, self._close = self._away(self.config.margin), self._away(self.config.close_margin)

    def plan_to_joints(self, start: np.ndarray, goal: np.ndarray) -> JointTrajectory:
        """Collision-free from joints (7,) to joints (7,), rad. Raises PlanningError, ValueError on another shape."""
        start, goal = _joints(start, "start"), _joints(goal, "goal")
        if not self.robot.within_limits(goal):
            raise PlanningError("no_ik", f"the goal {goal.round(3)} lies outside the joint limits")
        return self._transfer(start, goal[None])

    def plan_reach(
        self, start: np.ndarray, pose: np.ndarray, approach: float, retreat: float, opening: float = MAX_OPENING
    ) -> ReachPlan:
        """Reach a tool pose (4, 4) from joints (7,), with straight ways in and out of the given lengths in metres.

        The fingers are ``opening`` metres apart. Both turns of the hand are tried, and many arm configurations, the
        cheapest to travel to first. In approach and retreat the fingers may touch obstacles within ``contact_radius``
        of the pose's approach axis. Raises PlanningError, ValueError on malformed input.
        """
        start, pose = _joints(start, "start"), _pose(pose)
        if not (approach >= 0 and retreat >= 0):
            raise ValueError(f"approach is {approach} and retreat {retreat}; expected lengths in metres")
        with self._opened(opening):
            reaches = self._reaches(start, pose, approach, retreat)
            transfer = self._transfer(start, np.array([reach.pregrasp for reach in reaches]))
        ends = [np.linalg.norm(reach.pregrasp - transfer.positions[-1]) for reach in reaches]
        chosen = reaches[int(np.argmin(ends))]
        return ReachPlan(transfer, self._line(chosen.approach), self._line(chosen.retreat))

    def plan_straight(self, start: np.ndarray, offset: np.ndarray) -> JointTrajectory:
        """Move the tool by ``offset`` (3,) metres in the base frame on a straight line, its orientation kept.

        As in a retreat, the fingers may touch obstacles near where they start; and an arm that already touches
        something may leave it. Raises PlanningError, ValueError on malformed input.
        """
        start, offset = _joints(start, "start"), np.asarray(offset, float)
        if offset.shape != (3,) or not np.isfinite(offset).all():
            raise ValueError(f"offset is {offset}; expected three finite metres")
        return self._line(self._straight(self._near(self.robot.fk(start)), start, offset))

    @contextmanager
    def _opened(self, opening: float) -> Iterator[None]:
        """With the fingers so far apart; they count as wide open otherwise."""
        self._opening = opening
        self._make_checkers()
        try:
            yield
        finally:
            self._opening = MAX_OPENING
            self._make_checkers()

    def _away(self, margin: float) -> Checker:
        """Collisions while nothing may be touched, nor come nearer than ``margin``."""
        return CollisionChecker(self.robot, self._with_target, margin, carried=self._carried, opening=self._opening)

    def _near(self, pose: np.ndarray) -> Checker:
        """Collisions while the fingers reach for a pose (4, 4)."""
        reachable = self._obstacles.outside_cylinder(pose, self.config.contact_radius)
        margin, hand = self.config.close_margin, (self._carried, self._opening)
        return CollisionChecker(self.robot, self._obstacles, margin, reachable, *hand)

    def _reaches(self, start: np.ndarray, pose: np.ndarray, approach: float, retreat: float) -> list[_Reach]:
        """The cheapest reach that needs no search to get to; else several, cheapest first. Raises PlanningError."""
        checker, inwards, upwards = self._near(pose), approach * pose[:3, 2], np.array([0.0, 0.0, retreat])
        reaches: list[_Reach] = []
        failures: list[PlanningError] = []
        for grasp in islice(self._grasps(checker, start, pose), _GRASPS_PER_CANDIDATE * self.config.reach_candidates):
            try:
                reach = self._reach(checker, grasp, inwards, upwards)
            except PlanningError as failure:
                failures.append(failure)
                continue
            if self._clear.first_blocked(straight_segment(start, reach.pregrasp)) is None:
                return [reach]
            reaches.append(reach)
            if len(reaches) == self.config.reach_candidates:
                break
        if not reaches:
            raise failures[0]
        return reaches

    def _reach(self, checker: Checker, grasp: np.ndarray, inwards: np.ndarray, upwards: np.ndarray) -> _Reach:
        reach = _Reach(
            approach=self._straight(checker, grasp, -inwards)[::-1], retreat=self._straight(checker, grasp, upwards)
        )
        if not self._close.is_free(reach.pregrasp):
            raise PlanningError("goal_in_collision", f"before the approach {self._close.describe(reach.pregrasp)}")
        return reach

    def _grasps(self, checker: Checker, start: np.ndarray, pose: np.ndarray) -> Iterator[np.ndarray]:
        """Free joints (7,) with the tool at the pose, cheapest first. Raises PlanningError where there are none."""
        solutions = np.concatenate([inverse(self.robot, pose), inverse(self.robot, flipped(pose))])
        if not len(solutions):
            raise PlanningError("no_ik", why_unreachable(self.robot, pose))
        ranked = solutions[np.argsort(travel_cost(self.robot, start, solutions), kind="stable")]
        blocked = True
        for joints in ranked:
            self._stop_if_asked()
            if checker.is_free(joints):
                blocked = False
                yield joints
        if blocked:
            raise PlanningError("goal_in_collision", f"at the pose {checker.describe(ranked[0])}")

    def _straight(self, checker: Checker, start: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """Joints (N, 7) along a straight line, free once clear of what the start touches. Raises PlanningError."""
        path = follow_line(self.robot, start, offset)
        whole = line_length(offset)
        if len(path) < whole:
            share = (len(path) - 1) / (whole - 1)
            raise PlanningError("no_straight_path", f"the arm can follow only {share:.0%} of the straight line")
        left = next((i for i, joints in enumerate(path) if checker.is_free(joints)), None)
        if left is None:
            raise PlanningError("start_in_collision", f"at the start {checker.describe(start)}")
        blocked = checker.first_blocked(path[left:])
        if blocked is not None:
            share, contacts = (left + blocked) / (whole - 1), checker.describe(path[left + blocked])
            raise PlanningError("no_straight_path", f"{share:.0%} along the straight line {contacts}")
        return path

    def _line(self, path: np.ndarray) -> JointTrajectory:
        """A trajectory along a straight line, no faster than ``straight_speed``."""
        trajectory = self._timed(path)
        places = np.array([self.robot.fk(joints)[:3, 3] for joints in trajectory.positions])
        speeds = np.linalg.norm(np.diff(places, axis=0), axis=1) / np.diff(trajectory.times)
        return slowed(trajectory, max(1.0, float(speeds.max()) / self.config.straight_speed))

    def _transfer(self, start: np.ndarray, goals: np.ndarray) -> JointTrajectory:
        """Through free space to one of the goals (K, 7), at the widest margin that start and goal allow."""
        for checker in (self._clear, self._close):
            free = [goal for goal in goals if checker.is_free(goal)]
            if free and checker.is_free(start):
                return self._through_free_space(checker, start, np.array(free))
        if not self._close.is_free(start):
            raise PlanningError("start_in_collision", f"at the start {self._close.describe(start)}")
        raise PlanningError("goal_in_collision", f"at the goal {self._close.describe(goals[0])}")

    def _through_free_space(self, checker: Checker, start: np.ndarray, goals: np.ndarray) -> JointTrajectory:
        path = self._search(checker, start, goals)
        for spacing in _KNOT_SPACINGS:
            self._stop_if_asked()
            trajectory = self._timed(densified(path, spacing))
            if self._close.first_blocked(trajectory.positions) is None:
                return trajectory
        raise PlanningError("no_path", "the path found is too tight to be followed smoothly; make the margin wider")

    def _search(self, checker: Checker, start: np.ndarray, goals: np.ndarray) -> np.ndarray:
        if checker.first_blocked(straight_segment(start, goals[0])) is None:
            return np.array([start, goals[0]])
        deadline = time.monotonic() + self.config.planning_time
        path = find_path(
            checker.is_free,
            (self.robot.lower, self.robot.upper),
            start,
            goals,
            self.config.seed,
            lambda: time.monotonic() > deadline or self.should_stop(),
        )
        self._stop_if_asked()
        if path is None:
            raise PlanningError(
                "timed_out", f"no collision-free path was found within planning_time, {self.config.planning_time} s"
            )
        return path

    def _timed(self, path: np.ndarray) -> JointTrajectory:
        trajectory = time_path(path, self._limits)
        if trajectory is None:
            raise PlanningError("no_path", "the path cannot be timed within the joint limits")
        return trajectory

    def _stop_if_asked(self) -> None:
        if self.should_stop():
            raise PlanningError("cancelled", "planning was cancelled")


def _joints(values: np.ndarray, name: str) -> np.ndarray:
    joints = np.asarray(values, float)
    if joints.shape != (7,) or not np.isfinite(joints).all():
        raise ValueError(f"{name} joints are {joints}; expected seven finite angles in radians")
    return joints


def _pose(values: np.ndarray) -> np.ndarray:
    pose = np.asarray(values, float)
    if pose.shape != (4, 4) or not np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-6):
        raise ValueError(f"tool pose is {pose}; expected a rigid 4x4 transform")
    return pose
