"""A node for commands that are no node themselves: spun in the background while the block runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions


@contextmanager
def background_node(name: str, namespace: str = "") -> Iterator[Node]:
    """ROS is up, and the node's callbacks run in another thread, until the block is left."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # ctrl-c unwinds the block, and the block ends ROS
    node = Node(name, namespace=namespace)
    executor, left = SingleThreadedExecutor(), threading.Event()
    executor.add_node(node)
    spinning = threading.Thread(target=_spin, args=(executor, left), daemon=True)
    spinning.start()
    try:
        yield node
    finally:
        left.set()
        spinning.join(timeout=5)
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()


def _spin(executor: SingleThreadedExecutor, left: threading.Event) -> None:
    """Unlike ``spin``, it has ended before what it works with is destroyed."""
    while not left.is_set():
        executor.spin_once(timeout_sec=0.1)
