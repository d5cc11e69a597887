"""Perception as a process that is told what it sees: ``lggd benchmark execute --truth``."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import mujoco
import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_srvs.srv import Trigger

from lggd_ros.benchmark.truth import TrueDetector
from lggd_ros.detector import Detection
from lggd_ros.nodes.perception import Perception, bring_up
from lggd_ros.nodes.running import run_node
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.scenes import make_scene

TIMEOUT = 30.0


class ToldDetector:
    """A ``TrueDetector`` beside the simulator's process, in a copy of its world."""

    def __init__(self, checkpoint: str, device: str):
        self._node = Node("told_detector")
        self._truth = self._node.create_client(Trigger, "/simulator/ground_truth")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._drawing = ThreadPoolExecutor(1)  # whoever draws first goes on drawing
        self._world = lru_cache(1)(lambda *scene: RobotWorld(make_scene(*scene)))

    def detect(self, image: np.ndarray, text: str, depth: np.ndarray | None = None, top_k: int = 5) -> Detection:
        """See ``TrueDetector``. Raises ValueError where the simulator does not answer."""
        future = self._truth.call_async(Trigger.Request())
        self._executor.spin_until_future_complete(future, TIMEOUT)
        if not future.done():
            raise ValueError(f"{self._truth.srv_name} did not answer within {TIMEOUT:.0f} s; is the simulator running?")
        truth = json.loads(future.result().message)
        return self._drawing.submit(self._detect, truth, image, text, top_k).result()

    def _detect(self, truth: dict, image: np.ndarray, text: str, top_k: int) -> Detection:
        world = self._world(truth["setup"], truth["seed"], truth["split"])
        world.data.qpos[:] = truth["qpos"]
        mujoco.mj_forward(world.model, world.data)
        return TrueDetector(world).detect(image, text, top_k=top_k)


if __name__ == "__main__":
    rclpy.init()
    sys.exit(run_node(lambda: Perception(load=ToldDetector), bring_up))
