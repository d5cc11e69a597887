"""ROS parameters <-> frozen dataclasses: one parameter per field, checked by the dataclass itself."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, ParameterUninitializedException
from rclpy.node import Node
from rclpy.parameter import Parameter

Config = TypeVar("Config")


def read_parameters(node: Node, kind: type[Config]) -> Config:
    """Declare a parameter for every field of ``kind`` and build it from their values, which stay as they are.

    Raises ValueError that names the parameter: not set, of the wrong type, or refused by ``kind``.
    """
    return kind(**{field.name: _value(node, field) for field in fields(kind)})  # type: ignore[arg-type]


def _value(node: Node, field: Field) -> Any:
    try:
        if not node.has_parameter(field.name):
            node.declare_parameter(field.name, _default(field), ParameterDescriptor(read_only=True))
        value = node.get_parameter(field.name).value
    except ParameterUninitializedException:
        raise ValueError(
            f"parameter {field.name} is not set; pass --params-file config/{node.get_name()}.yaml"
        ) from None
    except InvalidParameterTypeException as error:
        raise ValueError(f"parameter {field.name}: {error}") from None
    return tuple(value) if isinstance(value, (list, tuple)) or hasattr(value, "typecode") else value


def _default(field: Field) -> Any:
    """Fields without a default are arrays of numbers here."""
    if field.default is MISSING:
        return Parameter.Type.DOUBLE_ARRAY
    return list(field.default) if isinstance(field.default, tuple) else field.default
