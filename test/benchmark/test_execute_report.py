import numpy as np
import pytest

from lggd_ros.benchmark.execute import _report, _row, benchmark_execute, describe
from lggd_ros.benchmark.graph import Watched
from lggd_ros.detector import CheckpointError
from lggd_ros.execution.config import PickConfig
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros_msgs.action import ExecuteGrasp

STAGES = [("observe", (0.0, 0.0)), ("detect", (1.0, 0.5)), ("observe", (4.0, 2.0)), ("place", (6.0, 3.0))]
BIN = PickConfig(observe_joints=tuple(OBSERVE_JOINTS)).region_by_name["bin"]
TRUTH = {"target": "mug", "instruction": "the mug", "objects": []}


def watched(code=0, speed_after=0.0):
    turn = np.zeros(7)
    turn[0] = 0.1
    path = np.array([OBSERVE_JOINTS, OBSERVE_JOINTS + turn, OBSERVE_JOINTS])
    result = ExecuteGrasp.Result(error_code=code)
    return Watched(result, (0.0, 0.0), (9.0, 4.0), STAGES, path, speed_after)


def thing(x, y, held):
    pose = np.eye(4)
    pose[:2, 3] = x, y
    return TRUTH | {"objects": [{"name": "mug", "held": held, "pose": pose.tolist()}]}


def row(after, region=None, **seen):
    return {"seed": 1, "fault": ""} | _row(watched(**seen), TRUTH, after, region, RobotModel())


def test_repeated_stages_add_up_and_placing_is_not_in_the_cycle():
    seen = watched()
    assert seen.seconds(0) == {"observe": 3.0, "detect": 3.0, "place": 3.0}
    assert (seen.seconds_until_held(0), seen.seconds_until_held(1)) == (6.0, 3.0)
    assert seen.joint_path() == pytest.approx(0.2)
    radius = np.hypot(*RobotModel().fk(OBSERVE_JOINTS)[:2, 3])
    assert seen.tool_path(RobotModel()) == pytest.approx(2 * 2 * radius * np.sin(0.05), rel=1e-3)


@pytest.mark.parametrize(
    ("after", "region", "seen", "success", "right"),
    [
        (thing(0.5, 0.0, held=True), None, {}, True, True),
        (thing(0.5, 0.0, held=False), None, {}, False, False),
        (thing(0.5, 0.0, held=False), None, {"code": 500}, False, True),
        (thing(0.5, 0.0, held=True), None, {"code": 500}, False, False),
        (thing(0.48, 0.34, held=False), BIN, {}, True, True),
        (thing(0.48, 0.0, held=False), BIN, {}, False, False),
        (thing(0.5, 0.0, held=True), None, {"speed_after": 0.5}, True, False),
    ],
)
def test_a_result_is_right_when_physics_agrees_and_nothing_moves_on(after, region, seen, success, right):
    told = row(after, region, **seen)
    assert (told["success"], told["right_result"]) == (success, right)


def test_the_report_has_spreads_and_intervals():
    rows = [row(thing(0.5, 0.0, held=True)), row(thing(0.5, 0.0, held=False), code=500)]
    report = _report(rows, {"setup": "isolated", "seed": 1, "region": "", "checkpoint": "lggd_tabletop"})
    assert report["success"]["count"] == 1 and report["right_result"]["count"] == 2
    assert report["figures"]["detect [s]"] == {"median": 3.0, "p95": 3.0, "count": 1}
    assert report["figures"]["close [s]"] is None
    shown = describe(report)
    assert "success 1 of 2" in shown and "MISSED" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 0, "", ""), "trials is 0"),
        ((1, 0, "attic", ""), "'attic'; known: bin"),
        ((1, 0, "", "rain"), "known: all, "),
    ],
)
def test_nonsense_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        benchmark_execute("isolated", *arguments, "lggd_tabletop", "cpu")


def test_a_checkpoint_that_is_not_there_is_told_at_once():
    with pytest.raises(CheckpointError, match="no checkpoint is called 'lggd_nothing'"):
        benchmark_execute("isolated", 1, 0, "", "", "lggd_nothing", "cpu")


def test_what_was_measured_before_a_process_died_is_kept(monkeypatch):
    class Graph:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def pick(self, setup, seed, fault, region):
            if seed == 2:
                raise ChildProcessError("the executor process ended with code -9:")
            return watched(), TRUTH, thing(0.5, 0.0, held=True)

    monkeypatch.setattr("lggd_ros.benchmark.execute.Graph", Graph)
    report = benchmark_execute("isolated", 5, 0, "", "", "lggd_tabletop", "cpu")
    assert (report["trials"], report["success"]["count"], report["right_result"]["count"]) == (3, 2, 2)
    assert report["codes"] == {"SUCCESS": 2, "STOPPED": 1}
    assert "stopped in the pick of seed 2: the executor process ended with code -9" in describe(report)
