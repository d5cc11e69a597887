"""``lggd demo``: simulator, perception and executor as processes; a sentence goes in, a physical verdict comes out.

The demo is a client like any other: it sends a goal to ``/execute_grasp`` and listens. Only the verdict comes from the
simulator's ground truth.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import rclpy
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from lggd_ros.processes import NodeProcesses, private_domain, ros_environment
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.robot.images import image_to_numpy
from lggd_ros.tabletop.language import resolve
from lggd_ros.tabletop.scenes import Scene, Setup, make_scene, referents
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.srv import DetectGrasps

START_TIMEOUT, PICK_TIMEOUT, ANSWER_TIMEOUT, LOST_AFTER = 120.0, 420.0, 30.0, 5.0


def run_demo(instruction: str, setup: Setup, seed: int, out: Path, checkpoint: str, device: str) -> int:
    """Run one pick; pictures, video and logs go to ``out``. Returns 0 only if the right object is held."""
    environment = ros_environment(private_domain())
    os.environ.update(environment)
    out.mkdir(parents=True, exist_ok=True)
    with NodeProcesses(environment, out / "logs") as nodes:
        try:
            verdict = _pick(nodes, instruction, setup, seed, out, {"checkpoint": checkpoint, "device": device})
        except (RuntimeError, OSError) as error:
            print(f"  demo failed: {error}")
            return 1
    print(f"  files: {', '.join(sorted(file.name for file in out.iterdir() if file.is_file()))} in {out}/")
    return 0 if verdict else 1


def _pick(nodes: NodeProcesses, instruction: str, setup: Setup, seed: int, out: Path, model: dict[str, Any]) -> bool:
    print(f"starting simulator ({setup}, seed {seed}), perception and executor …", flush=True)
    scene: dict[str, object] = {"setup": setup, "seed": seed, "record": str(out.resolve())}
    nodes.start("simulator", "lggd_ros.simulation.node", scene, "simulator.yaml")
    with DemoClient(nodes, out) as client:
        before = client.ground_truth()
        nodes.start("perception", "lggd_ros.nodes.perception", {"use_sim_time": True, **model}, "perception.yaml")
        client.wait_for_perception()
        nodes.start("executor", "lggd_ros.nodes.executor", {"use_sim_time": True}, "executor.yaml")
        instruction = instruction or before["instruction"]
        named = _named(instruction, make_scene(setup, seed, "test"))
        print(f"\n“{instruction}”  among: {', '.join(thing['name'] for thing in before['objects'])}", flush=True)
        result = client.execute(instruction)
        print(f"  {result.message}", flush=True)
        for rejection in result.rejections:
            print(f"    not used: {rejection}", flush=True)
        return _verdict(named, client.ground_truth())


def _named(instruction: str, scene: Scene) -> tuple[str, ...] | None:
    """Names of the things that the instruction truly means; None when it is beyond the demo's grammar."""
    if instruction == scene.instruction:
        return (scene.target,)
    try:
        return resolve(instruction, referents(scene))
    except ValueError:
        return None


def _verdict(named: tuple[str, ...] | None, truth: dict) -> bool:
    held = [thing["name"] for thing in truth["objects"] if thing["held"]]
    if named is None:
        print(f"\nverdict: none: held {', '.join(held) or 'nothing'}; the sentence is beyond the demo's grammar")
        return False
    right = len(named) == 1 and held == list(named)
    meant = " or ".join(named) or "nothing in the scene"
    print(f"\nverdict: {'PASS' if right else 'FAIL'}: held {', '.join(held) or 'nothing'}; meant {meant}", flush=True)
    return right


class DemoClient:
    """Ground truth, overlay pictures and the action, over ROS, with every wait bounded."""

    def __init__(self, nodes: NodeProcesses, out: Path):
        self._nodes, self._out = nodes, out

    def __enter__(self) -> DemoClient:
        rclpy.init()
        self._node = Node("demo")
        self._truth = self._node.create_client(Trigger, "/simulator/ground_truth")
        self._detect = self._node.create_client(DetectGrasps, "/perception/detect_grasps")
        self._action = ActionClient(self._node, ExecuteGrasp, "/execute_grasp")
        self._node.create_subscription(Image, "/perception/overlay", self._save_overlay, 1)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._spinning = threading.Thread(target=self._executor.spin, daemon=True)
        self._spinning.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        self._spinning.join(timeout=5)
        self._node.destroy_node()
        rclpy.try_shutdown()

    def ground_truth(self) -> dict:
        """What the physics says now."""
        self._until(self._truth.service_is_ready, START_TIMEOUT, "the simulator")
        return json.loads(self._ask(self._truth, Trigger.Request()).message)

    def wait_for_perception(self) -> None:
        """Until the network is loaded and the service is there."""
        self._until(self._detect.service_is_ready, START_TIMEOUT, "perception")

    def execute(self, instruction: str) -> ExecuteGrasp.Result:
        """Send the goal, show the stages as they pass, and return the result."""
        self._until(self._action.server_is_ready, START_TIMEOUT, "the executor")
        goal = ExecuteGrasp.Goal(instruction=instruction)
        sent = self._action.send_goal_async(goal, feedback_callback=_show_stage)
        handle = self._answer(sent, ANSWER_TIMEOUT, "acceptance of the goal")
        if not handle.accepted:
            raise RuntimeError("the executor refused the goal; see logs/executor.log")
        return self._answer(handle.get_result_async(), PICK_TIMEOUT, "the result").result

    def _ask(self, service: Client, request: Any) -> Any:
        """The answer of a service that may be asked twice.

        It is asked again where none comes: a service can see a question before it has discovered where the answer is to
        go, and DDS then drops the answer.
        """
        deadline = time.monotonic() + ANSWER_TIMEOUT
        while True:
            try:
                return self._answer(service.call_async(request), LOST_AFTER, service.srv_name)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise

    def _answer(self, future: Any, timeout: float, what: str) -> Any:
        self._until(future.done, timeout, what)
        return future.result()

    def _until(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            self._nodes.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout:.0f} s for {what}; see the logs in {self._nodes.logs}")
            time.sleep(0.05)

    def _save_overlay(self, message: Image) -> None:
        cv2.imwrite(str(self._out / "overlay.png"), image_to_numpy(message)[..., ::-1])


def _show_stage(message: Any) -> None:
    feedback = message.feedback
    again = f" (attempt {feedback.attempt})" if feedback.attempt > 1 else ""
    print(f"  {feedback.progress:4.0%}  {feedback.stage}{again}", flush=True)
