import numpy as np
import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.simulation.mount import OBSERVE_JOINTS

JOINTS = (0.0,) * 7


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"observe_joints": (0.0,) * 6}, "observe_joints"),
        ({"looks": 0}, "looks"),
        ({"swing": 1.0}, "swing"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"approach_distance": 0.0}, "approach_distance"),
        ({"lift_distance": 1.0}, "lift_distance"),
        ({"grasp_force": 200.0}, "grasp_force"),
        ({"width_tolerance": -0.01}, "width_tolerance"),
        ({"workspace_min": (1.0, 0.0, 0.0)}, "workspace_min"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_parameter(change, name):
    with pytest.raises(ValueError, match=name):
        PickConfig(**({"observe_joints": JOINTS} | change))


def test_places_to_look_from_surround_the_first():
    config = PickConfig(observe_joints=tuple(OBSERVE_JOINTS), swing=0.2)
    poses = [RobotModel().fk(config.viewpoint(place)) for place in range(config.looks)]
    x, y, z = (np.array(poses)[1:, :3, 3] - poses[0][:3, 3]).T
    assert y[0] > 0.05 and y[1] < -0.05 and z[2] < -0.05 and z[3] > 0.05
    assert np.abs([*x[:2], *y[2:], *z[:2]]).max() < 0.02
    assert np.allclose([pose[:3, :3] for pose in poses[:3]], poses[0][:3, :3], atol=0.02), "upright"
