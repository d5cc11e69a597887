"""``lggd benchmark grasp``: full picks through detector, planner and physics, in one process for speed.

Scenes and instructions come from the test split, which training never sees. The verdict is the physics': success is the
named object held in the raised hand; a wrong object is any other one held there.
"""

from __future__ import annotations

import platform
from collections import Counter

import torch
from tqdm import tqdm

from lggd_ros.benchmark.eyes import SimulatedEyes
from lggd_ros.benchmark.truth import TRUE, TrueDetector
from lggd_ros.detector import GraspDetector
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import CancelToken
from lggd_ros.execution.outcome import PickGoal
from lggd_ros.execution.pick_and_place import PickAndPlace
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.rates import wilson_interval
from lggd_ros.simulation.in_process import SimulatedArm, SimulatedGripper
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.scenes import Setup, make_scene


def benchmark_grasp(
    setup: Setup, trials: int, seed: int, checkpoint: str, device: str = "auto", truth: bool = False
) -> dict:
    """``trials`` picks in scenes ``seed``, ``seed + 1``, …; returns the rates and one row per trial.

    ``truth``: a ``TrueDetector`` in place of the network, which leaves planning and physics to be measured.
    """
    if trials < 1:
        raise ValueError(f"trials is {trials}; ask for at least one")
    detector, planner = None if truth else GraspDetector.load(checkpoint, device), EmbeddedPlanner()
    rows = [run_trial(setup, seed + i, detector, planner) for i in tqdm(range(trials), desc=setup, unit="pick")]
    outcomes = Counter(row["outcome"] for row in rows)
    return {
        "setup": setup,
        "seed": seed,
        "trials": trials,
        "success_rate": outcomes["success"] / trials,
        "wrong_object_rate": outcomes["wrong object"] / trials,
        "intervals": {name: wilson_interval(outcomes[name], trials) for name in ("success", "wrong object")},
        "outcomes": dict(outcomes),
        "checkpoint": TRUE if truth else str(checkpoint),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, device {device}",
        "rows": rows,
    }


def run_trial(setup: Setup, seed: int, detector: GraspDetector | None, planner: EmbeddedPlanner) -> dict:
    """One pick from instruction to verdict, in a fresh world; without a detector, by the truth."""
    scene = make_scene(setup, seed, "test")
    world, config = RobotWorld(scene), PickConfig(observe_joints=tuple(OBSERVE_JOINTS))
    pick = PickAndPlace(
        planner,
        SimulatedArm(world),
        Hand(SimulatedGripper(world), config),
        SimulatedEyes(world, detector or TrueDetector(world)),
        planner.robot,
        config,
        clock=lambda: world.time,
    )
    result = pick.run(PickGoal(scene.instruction), CancelToken())
    held = world.held_objects()
    return {
        "seed": seed,
        "instruction": scene.instruction,
        "target": scene.target,
        "outcome": _outcome(held, scene.target),
        "held": held,
        "code": result.code.name,
        "reason": result.message,
        "rejections": result.rejections,
        "simulated_seconds": round(world.time, 2),
        "stage_seconds": {stage: round(seconds, 2) for stage, seconds in result.seconds.items()},
    }


def _outcome(held: list[str], target: str) -> str:
    if held == [target]:
        return "success"
    return "wrong object" if held else "nothing held"


def describe(report: dict) -> str:
    """The figures and the failures, for a terminal."""
    right, wrong = (f"{low:.1%} to {high:.1%}" for low, high in report["intervals"].values())
    head = (
        f"{report['setup']}: {report['success_rate']:.1%} ({right}) of {report['trials']} picks held the named object, "
        f"{report['wrong_object_rate']:.1%} ({wrong}) another one; 95 % intervals in brackets "
        f"(seeds from {report['seed']}; {report['machine']})"
    )
    failures = [
        f"  seed {row['seed']}: '{row['instruction']}' -> {row['outcome']}: {row['code']}, {row['reason']}"
        for row in report["rows"]
        if row["outcome"] != "success"
    ]
    return "\n".join([head, *failures])
