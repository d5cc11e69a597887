import pytest

from lggd_ros.execution.config import PickConfig

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


def test_places_to_look_from_lie_ever_further_to_both_sides():
    config = PickConfig(observe_joints=JOINTS, swing=0.2)
    assert [config.viewpoint(place)[0] for place in range(5)] == pytest.approx([0, 0.2, -0.2, 0.4, -0.4])
