"""Simulator, perception and executor as processes over DDS, a fresh scene per pick, and a client that measures."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.client import Client
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from lggd_ros.demo import ANSWER_TIMEOUT, PICK_TIMEOUT, START_TIMEOUT, DemoClient
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.processes import NodeProcesses
from lggd_ros.simulation.conversions import to_seconds
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.srv import ScenePoints

PLAN_FAILS = "plan_fails"
WATCHED_AFTER = 1.0  # simulated seconds after the result in which nothing may move
REST_SPEED = 0.02  # rad/s
_PERCEPTIONS = {False: "lggd_ros.nodes.perception", True: "lggd_ros.benchmark.true_perception"}
_EXECUTORS = {False: "lggd_ros.nodes.executor", True: "lggd_ros.benchmark.faulty_executor"}


@dataclass
class Watched:
    """One pick as its client saw it. Moments are (wall clock, simulated) seconds."""

    result: ExecuteGrasp.Result
    begun: tuple[float, float]
    ended: tuple[float, float]
    stages: list[tuple[str, tuple[float, float]]]
    positions: np.ndarray  # (N, 7) of the arm from begun to ended
    speed_after: float  # rad/s, the greatest after the end

    def seconds(self, clock: int) -> dict[str, float]:
        """Per stage, summed over attempts; ``clock`` 0: wall clock, 1: simulated."""
        moments = [moment[clock] for _, moment in self.stages] + [self.ended[clock]]
        totals: dict[str, float] = {}
        for (stage, _), begin, end in zip(self.stages, moments, moments[1:], strict=False):
            totals[stage] = totals.get(stage, 0.0) + end - begin
        return totals

    def seconds_until_held(self, clock: int) -> float:
        """From the instruction to the verified thing in the hand, before it is placed."""
        placing = [moment[clock] for stage, moment in self.stages if stage == "place"]
        return (placing[-1] if placing else self.ended[clock]) - self.begun[clock]

    def joint_path(self) -> float:
        """Radians that all joints travelled."""
        return float(np.abs(np.diff(self.positions, axis=0)).sum())

    def tool_path(self, robot: RobotModel) -> float:
        """Metres that the tool travelled."""
        places = np.array([robot.fk(joints)[:3, 3] for joints in self.positions])
        return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


@dataclass
class _Motion:
    """Joint states as they arrive."""

    stamps: list[float] = field(default_factory=list)
    positions: list[np.ndarray] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)

    def note(self, message: JointState) -> None:
        index = [message.name.index(joint) for joint in ARM_JOINTS]
        self.positions.append(np.array(message.position)[index])
        self.speeds.append(float(np.abs(np.array(message.velocity)[index]).max()))
        self.stamps.append(to_seconds(message.header.stamp))


class Graph(DemoClient):
    """``with Graph(nodes, logs, model) as graph: graph.pick(…)``; ``model``: checkpoint and device of perception.

    ``truth``: perception is told what it sees.
    """

    def __init__(self, nodes: NodeProcesses, out: Path, model: dict[str, Any], truth: bool = False):
        super().__init__(nodes, out)
        self._eyes = _PERCEPTIONS[truth]
        self._model, self._motion, self._started = model, _Motion(), False
        self._plan_fails = False

    def __enter__(self) -> Graph:
        super().__enter__()
        self._node.create_subscription(JointState, "/joint_states", lambda message: self._motion.note(message), 100)
        self._home = self._node.create_client(Trigger, "/executor/home")
        self._scene = self._node.create_client(ScenePoints, "/perception/scene_points")
        return self

    def pick(self, setup: str, seed: int, fault: str, region: str) -> tuple[Watched, dict, dict]:
        """One goal in a fresh scene: what was watched, and the ground truth before and after."""
        self._stage_scene(setup, seed, fault)
        before = self.ground_truth()
        goal = ExecuteGrasp.Goal(instruction=before["instruction"], place_region=region)
        watched = self._watch(goal)
        after = self.ground_truth()
        self._nodes.stop("simulator")
        return watched, before, after

    def _stage_scene(self, setup: str, seed: int, fault: str) -> None:
        """A new simulator whose clock goes on; the other nodes stay, unless the fault is theirs."""
        now = self._motion.stamps[-1] + 1.0 if self._motion.stamps else 0.0
        faults = [fault if fault != PLAN_FAILS else ""]
        parameters = {"setup": setup, "seed": seed, "start_time": now, "faults": faults}
        self._motion = _Motion()
        self._nodes.start("simulator", "lggd_ros.simulation.node", parameters, "simulator.yaml")
        if not self._started:
            self._nodes.start("perception", self._eyes, {"use_sim_time": True, **self._model}, "perception.yaml")
            self._start_executor(fault == PLAN_FAILS)
            self._started = True
        elif self._plan_fails or fault == PLAN_FAILS:
            self._nodes.stop("executor")
            self._start_executor(fault == PLAN_FAILS)
        self._until(lambda: bool(self._motion.stamps), START_TIMEOUT, "joint states")
        self._wait_for_success(self._home, Trigger.Request())  # needs fresh joint states; the arm is there already
        self._wait_for_success(self._scene, ScenePoints.Request())  # needs fresh images

    def _wait_for_success(self, service: Client, request: Any) -> None:
        """Until a service that moves nothing here succeeds."""
        self._until(service.service_is_ready, START_TIMEOUT, service.srv_name)
        self._until(lambda: self._ask(service, request).success, START_TIMEOUT, service.srv_name)

    def _start_executor(self, plan_fails: bool) -> None:
        self._plan_fails = plan_fails
        self._nodes.start("executor", _EXECUTORS[plan_fails], {"use_sim_time": True}, "executor.yaml")

    def _watch(self, goal: ExecuteGrasp.Goal) -> Watched:
        self._until(self._action.server_is_ready, START_TIMEOUT, "the executor")
        stages: list[tuple[str, tuple[float, float]]] = []
        begun, first = self._now(), len(self._motion.positions)
        sent = self._action.send_goal_async(
            goal, feedback_callback=lambda message: stages.append((message.feedback.stage, self._now()))
        )
        handle = self._answer(sent, ANSWER_TIMEOUT, "acceptance of the goal")
        result = self._answer(handle.get_result_async(), PICK_TIMEOUT, "the result").result
        ended, last = self._now(), len(self._motion.positions)
        self._until(lambda: self._now()[1] > ended[1] + WATCHED_AFTER, ANSWER_TIMEOUT, "the time after the result")
        path = np.array(self._motion.positions[first:last])
        return Watched(result, begun, ended, stages, path, max(self._motion.speeds[last:]))

    def _now(self) -> tuple[float, float]:
        return time.monotonic(), self._motion.stamps[-1]
