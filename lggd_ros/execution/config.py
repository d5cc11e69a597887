"""What a user may set about picking, with the range that makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lggd_ros.checks import check_choice, check_range
from lggd_ros.execution.regions import Region

_SWINGS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))  # of the first two joints
_RANGES = {
    "looks": (1, len(_SWINGS)),
    "swing": (0.02, 0.3),
    "max_attempts": (1, 10),
    "max_recoveries": (0, 10),
    "camera_patience": (0.0, 120.0),
    "plans_compared": (1, 10),
    "plans_tried": (1, 100),
    "approach_distance": (0.02, 0.30),
    "lift_distance": (0.02, 0.40),
    "grasp_force": (1.0, 70.0),
    "opening_margin": (0.002, 0.03),
    "width_tolerance": (0.002, 0.04),
    "empty_width": (0.0, 0.02),
    "slip_width": (0.001, 0.02),
    "min_height": (0.0, 0.10),
}


@dataclass(frozen=True)
class PickConfig:
    """Lengths in metres, force in newtons, times in seconds. Refuses values out of range by their name (ValueError).

    ``looks`` from as many places at most, ``swing`` radians of a joint apart: where there are several, two must agree
    on which thing is meant. A goal to plan only, which moves nothing, looks once. ``max_attempts`` reaches for one
    goal; ``max_recoveries`` of the arm from errors. ``camera_patience``: wait for a camera that fell silent.
    ``plans_compared``: successful plans from which one is chosen, of ``plans_tried``.
    ``homing`` of the hand before the first pick: ``check``, ``always`` or ``never``. ``opening_margin`` on either side
    of the thing. ``slip_width``: how much further fingers may close while they lift, or open while they hold.
    ``min_height`` of the finger tips over the base frame's z = 0. ``regions``: ``name: x_min y_min x_max y_max z``.
    """

    observe_joints: tuple[float, ...]
    looks: int = 5
    swing: float = 0.15
    max_attempts: int = 3
    max_recoveries: int = 2
    camera_patience: float = 10.0
    plans_compared: int = 3
    plans_tried: int = 12
    homing: str = "check"
    approach_distance: float = 0.10
    lift_distance: float = 0.15
    grasp_force: float = 30.0
    opening_margin: float = 0.008
    width_tolerance: float = 0.02
    empty_width: float = 0.002
    slip_width: float = 0.005
    min_height: float = 0.001
    workspace_min: tuple[float, ...] = (0.20, -0.45, 0.0)
    workspace_max: tuple[float, ...] = (0.80, 0.45, 0.75)
    regions: tuple[str, ...] = ("bin: 0.40 0.28 0.56 0.40 0.02",)

    def __post_init__(self) -> None:
        """Check every value."""
        if len(self.observe_joints) != 7:
            raise ValueError(f"observe_joints has {len(self.observe_joints)} values; an FR3 has 7 joints")
        for name, (low, high) in _RANGES.items():
            check_range(name, getattr(self, name), low, high)
        check_choice("homing", self.homing, ("check", "always", "never"))
        for name in ("workspace_min", "workspace_max"):
            if len(getattr(self, name)) != 3:
                raise ValueError(f"{name} is {getattr(self, name)}; expected x, y and z in metres")
        if not np.all(np.less(self.workspace_min, self.workspace_max)):
            raise ValueError(
                f"workspace_min {self.workspace_min} must lie below workspace_max {self.workspace_max} on every axis"
            )
        if len(self.region_by_name) != len(self.regions):
            raise ValueError(f"regions {self.regions} name one region twice")

    @cached_property
    def region_by_name(self) -> dict[str, Region]:
        """The regions in which things may be put down. Raises ValueError on a malformed line."""
        regions = [Region.parse(line) for line in self.regions]
        return {region.name: region for region in regions}

    def viewpoint(self, place: int) -> np.ndarray:
        """Joints (7,) from which to look: ``observe_joints``, then from further left, right, near by and far off. The
        last joint turns against the first, so that a camera that looks down keeps its picture upright."""
        aside, down = _SWINGS[place]
        return np.asarray(self.observe_joints) + self.swing * np.array([aside, down, 0, 0, 0, 0, aside])

    def in_workspace(self, positions: np.ndarray) -> np.ndarray:
        """Whether points (..., 3) of the base frame lie in the box in which the tool may work."""
        return np.all((positions >= self.workspace_min) & (positions <= self.workspace_max), axis=-1)
