import os
import threading

import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node


@pytest.fixture
def make_node():
    """Makes nodes that are spun until the test ends, on a domain of their own."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = Context()
    rclpy.init(context=context, domain_id=(os.getpid() + 25) % 100)
    executor = MultiThreadedExecutor(num_threads=8, context=context)
    nodes = []

    def make(name):
        nodes.append(Node(name, context=context))
        executor.add_node(nodes[-1])
        return nodes[-1]

    stopped = threading.Event()

    def spin():
        while not stopped.is_set():
            executor.spin_once(timeout_sec=0.1)

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    yield make
    stopped.set()
    thread.join(5)
    executor.shutdown()
    for node in nodes:
        node.destroy_node()
    context.try_shutdown()
