"""Against a controller manager of this test; skipped where its interfaces are not installed."""

import pytest

from lggd_ros.doctor.controllers import ControllerState
from lggd_ros.processes import private_domain
from lggd_ros.robot.background import background_node

FREE = "ros2_control's interfaces come with a ROS 2 installation, not from PyPI"


@pytest.fixture
def node(monkeypatch):
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("ROS_DOMAIN_ID", str(private_domain(15)))
    with background_node("examiner") as node:
        yield node


def test_without_a_controller_manager_nothing_is_claimed(node):
    finding = ControllerState(node).finding()
    assert finding.fine and finding.detail.startswith("not asked for, because")


@pytest.mark.parametrize(
    ("states", "detail", "remedy"),
    [
        ({"fr3_arm_controller": "active"}, "fr3_arm_controller is active", ""),
        (
            {"fr3_arm_controller": "inactive", "gravity_compensation_example_controller": "active"},
            "inactive; active: gravity_compensation_example_controller",
            "ros2 control set_controller_state fr3_arm_controller active",
        ),
        ({"joint_state_broadcaster": "active"}, "not loaded; loaded: joint_state_broadcaster", "spawner"),
    ],
)
def test_only_an_active_controller_is_green(node, states, detail, remedy):
    messages = pytest.importorskip("controller_manager_msgs.msg", reason=FREE)
    from controller_manager_msgs.srv import ListControllers

    def answer(_, response):
        response.controller = [messages.ControllerState(name=name, state=state) for name, state in states.items()]
        return response

    node.create_service(ListControllers, "controller_manager/list_controllers", answer)
    state = ControllerState(node)
    assert state._client.wait_for_service(60)
    finding = state.finding()
    assert finding.detail == detail and remedy in finding.remedy and finding.fine == (not remedy)
