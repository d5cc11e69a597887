import pytest

from lggd_ros.execution.config import PickConfig

JOINTS = (0.0,) * 7


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"observe_joints": (0.0,) * 6}, "observe_joints"),
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
