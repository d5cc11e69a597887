from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from lggd_ros.simulation.config import SimulatorConfig

FILE = Path(__file__).parents[2] / "config" / "simulator.yaml"


def test_the_file_holds_every_parameter_with_its_default():
    parameters = yaml.safe_load(FILE.read_text())["simulator"]["ros__parameters"]
    parameters["faults"] = tuple(parameters["faults"])
    assert SimulatorConfig(**parameters) == SimulatorConfig()
    assert parameters.keys() == asdict(SimulatorConfig()).keys()


@pytest.mark.parametrize(
    "bad",
    [{"faults": ("earthquake",)}, {"start_time": -1.0}, {"setup": "tidy"},
      {"split": "all"}, {"seed": -1}, {"real_time_factor": 0.0}, {"camera_rate": 500.0},
     {"record_rate": 0.0}, {"gripper": "franka_gripper"}],
)  # fmt: skip
def test_refuses_nonsense_by_name(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        SimulatorConfig(**bad)
