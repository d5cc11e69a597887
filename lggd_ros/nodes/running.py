"""Running a node as a process: parameters that make no sense end it with a sentence, not with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import rclpy
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node

from lggd_ros.doctor.machine import start_checks

THREADS = 6

NodeType = TypeVar("NodeType", bound=Node)


def run_node(make: Callable[[], NodeType], bring_up: Callable[[NodeType], bool] = lambda node: True) -> int:
    """Spin until interrupted; returns the exit code: 2 when the node refuses its parameters or cannot be brought up."""
    try:
        node = make()
    except ValueError as error:
        print(error, file=sys.stderr)
        rclpy.try_shutdown()
        return 2
    for finding in start_checks():
        if not finding.fine:
            node.get_logger().warning(finding.line(colours=False))
    try:
        return _spin(node) if bring_up(node) else 2
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def _spin(node: Node) -> int:
    executor = MultiThreadedExecutor(num_threads=THREADS)
    executor.add_node(node)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except Exception:
        if rclpy.ok():  # else a signal took the context away between two waits
            raise
    return 0
