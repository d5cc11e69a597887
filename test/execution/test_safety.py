"""Places to look from are checked before anything moves."""

import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.simulation.mount import OBSERVE_JOINTS

LOW_CEILING = {"workspace_max": (0.8, 0.45, 0.5)}  # the last place to look from is the highest
NEAR_A_LIMIT = {"observe_joints": (*OBSERVE_JOINTS[:6], 2.9)}


def limits(**change):
    return SafetyLimits(RobotModel(), PickConfig(**({"observe_joints": tuple(OBSERVE_JOINTS)} | change)))


@pytest.mark.parametrize(
    ("change", "words"), [(LOW_CEILING, r"0.54\) m lies outside the workspace"), (NEAR_A_LIMIT, "the joint limits")]
)
def test_places_that_are_not_allowed_are_named_with_the_remedy(change, words):
    with pytest.raises(ValueError, match=rf"observe_joints and swing make the arm look.*{words}.*set looks to 1"):
        limits(**change)
    limits(**change, looks=1)


def test_only_places_that_may_be_looked_from_count():
    limits(**LOW_CEILING, looks=4)
