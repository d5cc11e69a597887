"""A node for commands that are no node themselves: spun in the background while the block runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import rclpy
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node


@contextmanager
def background_node(name: str, namespace: str = "") -> Iterator[Node]:
    """ROS is up, and the node's callbacks run in other threads, until the block is left."""
    rclpy.init()
    node = Node(name, namespace=namespace)
    executor = MultiThreadedExecutor(num_threads=3)
    executor.add_node(node)
    spinning = threading.Thread(target=executor.spin, daemon=True)
    spinning.start()
    try:
        yield node
    finally:
        executor.shutdown()
        spinning.join(timeout=5)
        node.destroy_node()
        rclpy.try_shutdown()
