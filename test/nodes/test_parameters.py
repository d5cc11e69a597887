"""Parameters: the files in config/ are what the nodes take by themselves, and nonsense is refused by name."""

from dataclasses import MISSING, fields
from pathlib import Path

import pytest
import rclpy
import yaml
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter

from lggd_ros.execution.config import PickConfig
from lggd_ros.nodes.config import ExecutorConfig, PerceptionConfig
from lggd_ros.nodes.parameters import read_parameters
from lggd_ros.simulation.mount import OBSERVE_JOINTS

CONFIG = Path(__file__).parents[2] / "config"


def file_values(name):
    return yaml.safe_load((CONFIG / f"{name}.yaml").read_text())[f"/**/{name}"]["ros__parameters"]


@pytest.mark.parametrize(
    ("name", "kinds"), [("perception", [PerceptionConfig]), ("executor", [ExecutorConfig, PickConfig])]
)
def test_files_list_every_parameter_with_its_default(name, kinds):
    values, all_fields = file_values(name), [field for kind in kinds for field in fields(kind)]
    assert set(values) == {field.name for field in all_fields}
    for field in all_fields:
        if field.default is not MISSING:
            value = values[field.name]
            assert (tuple(value) if isinstance(value, list) else value) == field.default, field.name


def test_the_arm_looks_from_where_the_camera_was_mounted_for():
    assert file_values("executor")["observe_joints"] == pytest.approx(OBSERVE_JOINTS.tolist())


@pytest.fixture
def make_node():
    context = Context()
    rclpy.init(context=context, domain_id=99)
    nodes = []

    def make(**values):
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        nodes.append(Node("executor", context=context, parameter_overrides=overrides))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()
    context.try_shutdown()


def test_overrides_and_defaults_become_a_config(make_node):
    config = read_parameters(make_node(observe_joints=[0.1] * 7, max_attempts=2), PickConfig)
    assert config == PickConfig(observe_joints=(0.1,) * 7, max_attempts=2)


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        (ExecutorConfig, {"planner": "chomp"}, "parameter planner is 'chomp'; allowed: auto, moveit, embedded"),
        (ExecutorConfig, {"velocity_scaling": 3.0}, "velocity_scaling is 3.0; allowed: 0.01 to 1.0"),
        (PerceptionConfig, {"approach": "sideways"}, "parameter approach is 'sideways'; allowed: gravity, camera"),
        (PerceptionConfig, {"max_skew": -1.0}, "parameter max_skew is -1.0; allowed: 0.0 to 0.5"),
        (PerceptionConfig, {"top_k": 2.5}, "parameter top_k: .* expecting type 'INTEGER'"),
        (PickConfig, {}, "parameter observe_joints is not set; pass --params-file config/executor.yaml"),
    ],
)
def test_nonsense_is_refused_by_name(make_node, kind, values, words):
    with pytest.raises(ValueError, match=words):
        read_parameters(make_node(**values), kind)
