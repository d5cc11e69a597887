"""``lggd benchmark execute``: picks through the ROS graph, simulator, perception and executor as processes over DDS.

The verdict is the physics'. A result is right when it says of the thing what the physics says, and the arm is at rest
afterwards. Where a fault is asked for, the simulated robot, or the planner, fails in this way once in every pick.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lggd_ros.benchmark.graph import PLAN_FAILS, REST_SPEED, Graph, Watched
from lggd_ros.benchmark.truth import TRUE
from lggd_ros.detector import checkpoint_path
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.outcome import ErrorCode
from lggd_ros.execution.pick_and_place import STAGES
from lggd_ros.execution.regions import Region
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.processes import NodeProcesses, private_domain, ros_environment
from lggd_ros.rates import wilson_interval
from lggd_ros.simulation.faults import FAULTS
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros.tabletop.scenes import Setup

ALL_FAULTS = (*FAULTS, PLAN_FAILS)
OUTSIDE = 0.04  # metres that a thing's origin may lie outside of the region where it came to rest


def benchmark_execute(
    setup: Setup, trials: int, seed: int, region: str, fault: str, checkpoint: str, device: str, truth: bool = False
) -> dict:
    """``trials`` goals in the scenes ``seed``, ``seed + 1``, …; returns rates, durations and one row per trial.

    ``region``: where the thing is put, or "". ``fault``: one of ``ALL_FAULTS``, ``all`` for one after the other, or "".
    ``truth``: perception is told what it sees, which leaves the executor to be measured. A pick in which a process dies
    or falls silent has failed, and is the last: ``stopped`` says why. Raises ValueError on bad arguments.
    """
    if trials < 1:
        raise ValueError(f"trials is {trials}; ask for at least one")
    if fault and fault != "all" and fault not in ALL_FAULTS:
        raise ValueError(f"no fault is called '{fault}'; known: all, {', '.join(ALL_FAULTS)}")
    if not truth:
        checkpoint_path(checkpoint)
    place = _region(region)
    faults = ALL_FAULTS if fault == "all" else (fault,)
    environment = ros_environment(private_domain())
    os.environ.update(environment)
    logs, robot = Path(tempfile.mkdtemp(prefix="lggd_execute_")), RobotModel()
    rows: list[dict] = []
    model = {"checkpoint": checkpoint, "device": device}
    about = {"setup": setup, "seed": seed, "region": region, "checkpoint": TRUE if truth else checkpoint}
    with NodeProcesses(environment, logs) as nodes, Graph(nodes, logs, model, truth) as graph:
        for i in tqdm(range(trials), desc=setup, unit="pick"):
            struck = faults[i % len(faults)]
            try:
                watched, before, after = graph.pick(setup, seed + i, struck, region)
            except (ChildProcessError, TimeoutError) as error:
                if not rows:
                    raise
                about["stopped"] = f"in the pick of seed {seed + i}: {error}"
                rows.append({"seed": seed + i, "fault": struck} | _unfinished(error))
                break
            rows.append({"seed": seed + i, "fault": struck} | _row(watched, before, after, place, robot))
    return _report(rows, about)


def _region(name: str) -> Region | None:
    known = PickConfig(observe_joints=tuple(OBSERVE_JOINTS)).region_by_name
    if name and name not in known:
        raise ValueError(f"no region is called '{name}'; known: {', '.join(known)}")
    return known.get(name)


def _row(watched: Watched, before: dict, after: dict, place: Region | None, robot: RobotModel) -> dict:
    result, target = watched.result, before["target"]
    things = {thing["name"]: thing for thing in after["objects"]}
    held = [name for name, thing in things.items() if thing["held"]]
    done = held == [target] if place is None else _lies_in(place, things[target])
    claimed, at_rest = result.error_code == ErrorCode.SUCCESS, watched.speed_after < REST_SPEED
    return {
        "instruction": before["instruction"],
        "target": target,
        "held": held,
        "success": bool(done and claimed),
        "right_result": bool(done == claimed and at_rest),
        "at_rest": at_rest,
        "code": ErrorCode(result.error_code).name,
        "message": result.message,
        "left_its_place": result.left_its_place,
        "recoveries": result.recoveries,
        "rejections": list(result.rejections),
        "stage_seconds": watched.seconds(0),
        "simulated_stage_seconds": watched.seconds(1),
        "cycle_seconds": watched.seconds_until_held(0),
        "simulated_cycle_seconds": watched.seconds_until_held(1),
        "tool_path_m": watched.tool_path(robot),
        "joint_path_rad": watched.joint_path(),
    }


def _unfinished(error: Exception) -> dict:
    return {"instruction": "", "success": False, "right_result": False, "code": "STOPPED", "message": str(error)}


def _lies_in(place: Region, thing: dict) -> bool:
    position = np.array(thing["pose"])[:2, 3]
    inside = np.all((position > np.array(place.low) - OUTSIDE) & (position < np.array(place.high) + OUTSIDE))
    return bool(inside) and not thing["held"]


def _report(rows: list[dict], about: dict) -> dict:
    successes = [row for row in rows if row["success"]]
    stages = {stage: [row["stage_seconds"].get(stage) for row in successes] for stage in STAGES}
    figures = {f"{stage} [s]": values for stage, values in stages.items()}
    figures |= {
        "cycle, instruction to held [s]": [row["cycle_seconds"] for row in successes],
        "cycle, simulated [s]": [row["simulated_cycle_seconds"] for row in successes],
        "tool path [m]": [row["tool_path_m"] for row in successes],
        "joint path [rad]": [row["joint_path_rad"] for row in successes],
    }
    return about | {
        "trials": len(rows),
        "success": _rate(rows, "success"),
        "right_result": _rate(rows, "right_result"),
        "codes": dict(Counter(row["code"] for row in rows)),
        "figures": {name: _spread(values) for name, values in figures.items()},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "rows": rows,
    }


def _rate(rows: list[dict], name: str) -> dict:
    count = sum(row[name] for row in rows)
    return {"count": count, "rate": count / len(rows), "interval": wilson_interval(count, len(rows))}


def _spread(values: list) -> dict | None:
    """Median and 95th percentile; None where nothing was measured."""
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    return {"median": float(np.median(measured)), "p95": float(np.percentile(measured, 95)), "count": len(measured)}


def describe(report: dict) -> str:
    """The figures and what went otherwise, for a terminal."""
    told = {name: report[name] for name in ("success", "right_result")}
    rates = [
        f"{name.replace('_', ' ')} {rate['count']} of {report['trials']} ({low:.0%} to {high:.0%})"
        for name, rate in told.items()
        for low, high in [rate["interval"]]
    ]
    head = f"{report['setup']}, seeds from {report['seed']}: {'; '.join(rates)}; 95 % intervals; {report['machine']}"
    table = [
        f"  {name:32s} median {spread['median']:7.2f}   p95 {spread['p95']:7.2f}   of {spread['count']}"
        for name, spread in report["figures"].items()
        if spread
    ]
    others = [
        f"  seed {row['seed']} {row['fault']}: '{row['instruction']}' -> {row['code']}, {row['message']}"
        for row in report["rows"]
        if not (row["success"] and row["right_result"])
    ]
    stopped = [f"  stopped {report['stopped']}"] if "stopped" in report else []
    return "\n".join([head, *table, *others, *stopped])
