"""Places to look from, and ways, are checked before anything moves."""

import numpy as np
import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.outcome import PickFailure
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.planning.robot_model import ARM_JOINTS, RobotModel
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


def test_a_way_between_allowed_places_may_not_leave_the_workspace():
    turned = {side: np.array([side, *OBSERVE_JOINTS[1:]]) for side in (-0.9, 0.0, 0.9)}
    front = RobotModel().fk(turned[0.0])[0, 3]
    narrow = limits(
        workspace_max=(front - 0.02, 0.45, 0.75),
        workspace_min=(0.15, -0.45, 0.0),
        looks=1,
        observe_joints=tuple(turned[0.9]),
    )
    way = np.stack([turned[-0.9], turned[0.9]])
    with pytest.raises(PickFailure, match="the way there at .* lies outside the workspace"):
        narrow.check_motion(JointTrajectory(ARM_JOINTS, np.array([0.0, 1.0]), way, 0 * way, 0 * way))
    narrow.check_motion(JointTrajectory(ARM_JOINTS, np.array([0.0, 1.0]), way[[1, 1]], 0 * way, 0 * way))
