"""``lggd doctor``: machine, robot and nodes, one line for each thing that must be there."""

from __future__ import annotations

from lggd_ros.doctor.finding import show
from lggd_ros.doctor.graph import node_checks, robot_checks
from lggd_ros.doctor.machine import machine_checks
from lggd_ros.robot.background import background_node


def examine(only: str | None, planner: str, model: tuple[str, str], namespace: str, gripper: str, wait: float) -> int:
    """``only`` is one of ``machine``, ``robot``, ``nodes``, or None; ``model`` is checkpoint and device.

    Returns the exit code: 1 if something is red.
    """
    fine = only not in (None, "machine") or show(machine_checks(planner, *model))
    if only != "machine":
        with background_node("doctor", namespace) as node:
            fine &= only not in (None, "robot") or show(robot_checks(node, gripper, wait))
            fine &= only not in (None, "nodes") or show(node_checks(node, wait))
    return 0 if fine else 1
