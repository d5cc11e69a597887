from collections.abc import Callable

import numpy as np
import pytest

from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.appearance import draw_appearance
from lggd_ros.tabletop.objects import ObjectModel, Part
from lggd_ros.tabletop.scenes import PlacedObject, Scene

# Tool pointing down at (0.5, 0), 0.025 m and 0.175 m above the table.
LOW = np.array([0.0, 0.47344, 0.0, -2.36172, 0.0, 2.83516, np.pi / 4])
HIGH = np.array([0.0, 0.09653, 0.0, -2.38973, 0.0, 2.48627, np.pi / 4])


def smooth_motion(start: np.ndarray, goal: np.ndarray, seconds: float) -> JointTrajectory:
    """Minimum jerk from rest to rest."""
    u = np.linspace(0, 1, 100)[:, None]
    share = 10 * u**3 - 15 * u**4 + 6 * u**5
    rate = (30 * u**2 - 60 * u**3 + 30 * u**4) / seconds
    change = (60 * u - 180 * u**2 + 120 * u**3) / seconds**2
    way = goal - start
    return JointTrajectory(ARM_JOINTS, u[:, 0] * seconds, start + share * way, rate * way, change * way)


@pytest.fixture
def motion() -> Callable[[np.ndarray, np.ndarray, float], JointTrajectory]:
    return smooth_motion


@pytest.fixture
def low() -> np.ndarray:
    return LOW


@pytest.fixture
def high() -> np.ndarray:
    return HIGH


@pytest.fixture
def world_with() -> Callable[..., RobotWorld]:
    """Makes a world with one thing of 0.15 kg standing under the tool, or with none."""

    def make(shape: str | None = None, size: tuple[float, float, float] = (0.02, 0.02, 0.02)) -> RobotWorld:
        pose = np.eye(4)
        pose[:3, 3] = 0.5, 0.0, size[2]
        part = [Part(shape, size, (0.0, 0.0, 0.0), (0.8, 0.2, 0.2, 1.0))] if shape else []
        things = tuple(PlacedObject(ObjectModel("thing", "box", "red", (p,), mass=0.15), pose) for p in part)
        appearance = draw_appearance(np.random.default_rng(0))
        return RobotWorld(Scene("isolated", 0, "test", things, appearance, (), "the red thing", "thing"))

    return make
