"""Parameters of the nodes. Refuse values out of range with the parameter's name (ValueError)."""

from __future__ import annotations

from dataclasses import dataclass

from lggd_ros.checks import check_choice, check_range
from lggd_ros.planning.config import PlannerConfig


@dataclass(frozen=True)
class PerceptionConfig:
    """Seconds, metres. ``approach``: ``gravity`` (needs transforms from base_frame) or ``camera``.

    ``auto_activate`` configures and activates the node when it starts; switch it off under a lifecycle manager.
    """

    checkpoint: str = "lggd_tabletop"
    device: str = "auto"
    approach: str = "gravity"
    base_frame: str = "base"
    top_k: int = 5
    max_skew: float = 0.02
    max_age: float = 1.0
    transform_timeout: float = 1.0
    obstacle_voxel: float = 0.005
    auto_activate: bool = True

    def __post_init__(self) -> None:
        """Check every value."""
        check_choice("approach", self.approach, ("gravity", "camera"))
        check_range("top_k", self.top_k, 1, 50)
        check_range("max_skew", self.max_skew, 0.0, 0.5)
        check_range("max_age", self.max_age, 0.05, 60.0)
        check_range("transform_timeout", self.transform_timeout, 0.0, 10.0)
        check_range("obstacle_voxel", self.obstacle_voxel, 0.001, 0.05)


@dataclass(frozen=True)
class ExecutorConfig:
    """Names are relative to the node's namespace. The parameters of picking itself are ``execution.config.PickConfig``.

    ``planner``: ``moveit``, ``embedded``, or ``auto``: MoveIt where it is installed;
    ``gripper_speed`` m/s; ``velocity_scaling``, ``acceleration_scaling``: share of the arm's limits; ``planning_time``,
    ``detection_timeout`` s; ``max_silence`` s of camera and transforms while the arm moves; ``error_recovery``: the
    action that clears an error of the arm; ``auto_execute``: an instruction on ``grasp_instruction`` moves the arm.
    """

    planner: str = "auto"
    base_frame: str = "base"
    arm_controller: str = "fr3_arm_controller"
    gripper: str = "franka_gripper"
    gripper_speed: float = 0.1
    error_recovery: str = "action_server/error_recovery"
    velocity_scaling: float = 0.3
    acceleration_scaling: float = 0.3
    planning_time: float = 2.0
    detection_timeout: float = 30.0
    max_silence: float = 1.0
    auto_execute: bool = False

    def __post_init__(self) -> None:
        """Check every value."""
        check_choice("planner", self.planner, ("auto", "moveit", "embedded"))
        check_range("gripper_speed", self.gripper_speed, 0.01, 0.2)
        check_range("detection_timeout", self.detection_timeout, 1.0, 600.0)
        check_range("max_silence", self.max_silence, 0.2, 10.0)
        self.planner_config()

    def planner_config(self) -> PlannerConfig:
        """The part of it that concerns the planner."""
        return PlannerConfig(
            velocity_scaling=self.velocity_scaling,
            acceleration_scaling=self.acceleration_scaling,
            planning_time=self.planning_time,
        )
