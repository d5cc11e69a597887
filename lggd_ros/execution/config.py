"""What a user may set about picking, with the range that makes sense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lggd_ros.checks import check_range


@dataclass(frozen=True)
class PickConfig:
    """Lengths in metres, force in newtons. Refuses values out of range with the parameter's name (ValueError)."""

    observe_joints: tuple[float, ...]
    max_attempts: int = 3
    approach_distance: float = 0.10
    lift_distance: float = 0.15
    grasp_force: float = 30.0
    width_tolerance: float = 0.02
    empty_width: float = 0.002
    workspace_min: tuple[float, float, float] = (0.25, -0.40, 0.0)
    workspace_max: tuple[float, float, float] = (0.75, 0.40, 0.50)

    def __post_init__(self) -> None:
        """Check every value."""
        if len(self.observe_joints) != 7:
            raise ValueError(f"observe_joints has {len(self.observe_joints)} values; an FR3 has 7 joints")
        check_range("max_attempts", self.max_attempts, 1, 10)
        check_range("approach_distance", self.approach_distance, 0.02, 0.30)
        check_range("lift_distance", self.lift_distance, 0.02, 0.40)
        check_range("grasp_force", self.grasp_force, 1.0, 70.0)
        check_range("width_tolerance", self.width_tolerance, 0.002, 0.04)
        check_range("empty_width", self.empty_width, 0.0, 0.02)
        if not np.all(np.less(self.workspace_min, self.workspace_max)):
            raise ValueError(
                f"workspace_min {self.workspace_min} must lie below workspace_max {self.workspace_max} on every axis"
            )

    def in_workspace(self, position: np.ndarray) -> bool:
        """Whether a point (3,) of the base frame lies in the box in which the tool may work."""
        return bool(np.all(position >= self.workspace_min) and np.all(position <= self.workspace_max))
