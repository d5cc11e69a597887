"""Parameters of the simulator node (``config/simulator.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from lggd_ros.checks import check_choice, check_range
from lggd_ros.simulation.faults import Faults
from lggd_ros.tabletop.scenes import SPLITS, Setup

_RANGES = {
    "seed": (0, 2**31 - 1),
    "real_time_factor": (0.05, 20.0),
    "start_time": (0.0, 1e9),
    "camera_rate": (0.5, 30.0),
    "record_rate": (1.0, 30.0),
}
_CHOICES = {
    "setup": get_args(Setup),
    "split": tuple(SPLITS),
}


@dataclass(frozen=True)
class SimulatorConfig:
    """What to simulate and how to serve it. Raises ValueError with the parameter's name and what it may be.

    ``setup``, ``seed``, ``split``: the scene on the table. ``real_time_factor``: simulated per real seconds.
    ``camera_rate``: images per simulated second. ``gripper``: namespace of the gripper's actions.
    ``start_time``: simulated seconds of the clock at the start. ``faults``: mishaps that happen once each.
    ``record``: folder for a video of every motion, or empty; ``record_rate``: its pictures per simulated second.
    """

    setup: Setup = "scattered"
    seed: int = 0
    split: str = "test"
    real_time_factor: float = 1.0
    camera_rate: float = 6.0
    gripper: str = "/franka_gripper"
    start_time: float = 0.0
    faults: tuple[str, ...] = ("",)
    record: str = ""
    record_rate: float = 10.0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            check_range(name, getattr(self, name), low, high)
        for name, choices in _CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        Faults(self.faults)
        if not self.gripper.startswith("/"):
            raise ValueError(f"gripper is {self.gripper!r}; give an absolute namespace such as /franka_gripper")
