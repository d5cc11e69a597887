"""How the planners plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lggd_ros.checks import check_range
from lggd_ros.simulation.mount import HAND_TO_HOUSING, HOUSING_HALF_SIZES

_RANGES = {
    "velocity_scaling": (0.01, 1.0),
    "acceleration_scaling": (0.01, 1.0),
    "straight_speed": (0.005, 1.0),
    "planning_time": (0.05, 60.0),
    "obstacle_resolution": (0.004, 0.05),
    "margin": (0.0, 0.05),
    "close_margin": (0.0, 0.05),
    "contact_radius": (0.0, 0.15),
    "table_clearance": (0.0, 0.05),
    "reach_candidates": (1, 50),
    "sample_time": (0.001, 0.1),
    "seed": (1, 2**31 - 1),
}


@dataclass(frozen=True, eq=False)
class Attachment:
    """A box fixed to the hand besides the robot's own shapes, such as a wrist camera.

    ``pose`` (4, 4) of the box's centre in the frame ``fr3_hand``, ``half_sizes`` (3,) in metres.
    """

    name: str
    pose: np.ndarray
    half_sizes: np.ndarray

    def __post_init__(self) -> None:
        if np.shape(self.pose) != (4, 4) or np.shape(self.half_sizes) != (3,):
            raise ValueError(
                f"attachment {self.name!r} has a pose of shape {np.shape(self.pose)} and half sizes of shape "
                f"{np.shape(self.half_sizes)}; expected (4, 4) and (3,)"
            )


WRIST_CAMERA = Attachment("wrist_camera", HAND_TO_HOUSING, HOUSING_HALF_SIZES)


@dataclass(frozen=True)
class PlannerConfig:
    """Parameters of both planners. Raises ValueError with the parameter's name and its allowed range.

    ``velocity_scaling``, ``acceleration_scaling``: share of the arm's joint limits that trajectories use.
    ``straight_speed``: greatest speed of the tool on straight lines, m/s.
    ``planning_time``: seconds a search for a path may take.
    ``obstacle_resolution``: edge of an obstacle's voxel, m.
    ``margin``: distance kept from table and obstacles in free space, m.
    ``close_margin``: the same on straight lines, and where the arm has to start or end closer than ``margin``, m.
    ``contact_radius``: within this distance of a grasp's approach axis the fingers may touch obstacles, m.
    ``table_clearance``: obstacle points lower than this belong to the table, m.
    ``reach_candidates``: how many arm configurations are worked out for one reach before a search is started.
    ``sample_time``: spacing of a trajectory's samples, s.
    ``seed``: equal seeds give equal plans of the embedded planner; MoveIt has none.
    ``attachments``: boxes on the hand that must not hit anything either.
    """

    velocity_scaling: float = 0.5
    acceleration_scaling: float = 0.4
    straight_speed: float = 0.2
    planning_time: float = 2.0
    obstacle_resolution: float = 0.01
    margin: float = 0.01
    close_margin: float = 0.001
    contact_radius: float = 0.06
    table_clearance: float = 0.008
    reach_candidates: int = 6
    sample_time: float = 0.01
    seed: int = 1
    attachments: tuple[Attachment, ...] = (WRIST_CAMERA,)

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            check_range(name, getattr(self, name), low, high)
        if self.close_margin > self.margin:
            raise ValueError(
                f"planner parameter close_margin is {self.close_margin}; it must not exceed margin, {self.margin}"
            )
