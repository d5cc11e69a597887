"""The motion planner on MoveIt (moveit_py, Jazzy): its planning scenes, its collision checks and its OMPL pipeline.

Tool poses and straight lines are solved as in the embedded planner, for moveit_py binds neither all solutions of the
inverse kinematics nor Cartesian paths; MoveIt is asked whether they are free.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from moveit.planning import PlanRequestParameters

from lggd_ros.planning.checker import Checker
from lggd_ros.planning.config import PlannerConfig
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.moveit_config import GROUP, PIPELINE
from lggd_ros.planning.moveit_errors import planning_error
from lggd_ros.planning.moveit_scene import STANDING, TOUCHING, Scene, SceneChecker, SceneMaker
from lggd_ros.planning.planner import CarriedBox, JointTrajectory

if TYPE_CHECKING:
    from moveit.core.planning_interface import MotionPlanResponse
    from moveit.planning import MoveItPy
    from trajectory_msgs.msg import JointTrajectory as TrajectoryMessage

# moveit_py plans without releasing Python's lock: other threads, and cancelling, wait for as long as this, seconds.
_SLICE = 0.2
_WORTH_ANOTHER_TRY = ("no_path", "timed_out")


class MoveItPlanner(EmbeddedPlanner):
    """MotionPlanner on a running MoveIt. ``config.seed`` has no effect: MoveIt's searches are random."""

    def __init__(
        self, moveit: MoveItPy, config: PlannerConfig | None = None, should_stop: Callable[[], bool] = lambda: False
    ) -> None:
        config = config or PlannerConfig()
        self._scenes = SceneMaker(moveit, config.attachments)
        self._arm = moveit.get_planning_component(planning_component_name=GROUP)
        self._request = PlanRequestParameters(moveit, "")
        self._request.planning_pipeline = PIPELINE
        self._request.planning_time = _SLICE
        self._request.max_velocity_scaling_factor = config.velocity_scaling
        self._request.max_acceleration_scaling_factor = config.acceleration_scaling
        super().__init__(config, should_stop)

    def _away(self, margin: float) -> SceneChecker:
        """Nothing may be touched, nor come nearer than ``margin``."""
        return SceneChecker(self._scenes.make(self._with_target, margin, self._hand()))

    def _near(self, pose: np.ndarray) -> SceneChecker:
        """Near a pose (4, 4) the fingers and what they carry may touch obstacles; the rest of the arm may not."""
        reachable = self._obstacles.outside_cylinder(pose, self.config.contact_radius)
        margin, hand = self.config.close_margin, self._hand()
        return SceneChecker(
            self._scenes.make(self._obstacles, margin, hand, may_touch=TOUCHING),
            self._scenes.make(reachable, margin, hand, may_touch=STANDING),
        )

    def _hand(self) -> tuple[CarriedBox | None, float]:
        return self._carried, self._opening

    def _through_free_space(self, checker: Checker, start: np.ndarray, goals: np.ndarray) -> JointTrajectory:
        """The goals take turns. MoveIt checks its trajectory once more after timing it."""
        assert isinstance(checker, SceneChecker)
        (scene,) = checker.scenes
        deadline = time.monotonic() + self.config.planning_time
        for goal in cycle(goals):
            self._stop_if_asked()
            response = self._plan(scene, start, goal)
            if response:
                return _trajectory(response.trajectory.get_robot_trajectory_msg().joint_trajectory)
            error = planning_error(response.error_code.val)
            if error.reason not in _WORTH_ANOTHER_TRY or time.monotonic() > deadline:
                raise error
        raise AssertionError("there are goals")

    def _plan(self, scene: Scene, start: np.ndarray, goal: np.ndarray) -> MotionPlanResponse:
        self._arm.set_start_state(robot_state=scene.state(start))
        self._arm.set_goal_state(robot_state=scene.state(goal))
        return self._arm.plan(single_plan_parameters=self._request, planning_scene=scene.planning_scene)


def _trajectory(message: TrajectoryMessage) -> JointTrajectory:
    return JointTrajectory(
        tuple(message.joint_names),
        np.array([point.time_from_start.sec + point.time_from_start.nanosec * 1e-9 for point in message.points]),
        np.array([point.positions for point in message.points]),
        np.array([point.velocities for point in message.points]),
        np.array([point.accelerations for point in message.points]),
    )
