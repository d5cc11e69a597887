import os

import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from spinning import spinning

from lggd_ros.processes import private_domain


@pytest.fixture
def make_node():
    """Makes nodes that are spun until the test ends, on a domain of their own."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    context = Context()
    rclpy.init(context=context, domain_id=private_domain(25))
    executor = MultiThreadedExecutor(num_threads=8, context=context)
    nodes = []

    def make(name):
        nodes.append(Node(name, context=context))
        executor.add_node(nodes[-1])
        return nodes[-1]

    with spinning(executor):
        yield make
    for node in nodes:
        node.destroy_node()
    context.try_shutdown()
