"""From a sentence to a held thing, through simulator, perception and executor as processes over DDS, with the shipped
checkpoint: what `make demo` does, and what it must not do."""

import os

import cv2
import numpy as np
import pytest

from lggd_ros.demo import DemoClient, run_demo
from lggd_ros.processes import NodeProcesses, private_domain, ros_environment
from lggd_ros_msgs.action import ExecuteGrasp

SEED = 2


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for key, value in ros_environment(domain_id=private_domain(50)).items():
        monkeypatch.setenv(key, value)


@pytest.mark.timeout(600)
def test_the_named_thing_is_picked_and_the_files_are_left(tmp_path, capsys):
    assert run_demo("", "isolated", SEED, tmp_path, "lggd_tabletop", "cpu") == 0, capsys.readouterr().out
    shown = capsys.readouterr().out
    assert [
        stage for stage in ("observe", "detect", "plan", "approach", "close", "lift", "verify") if stage not in shown
    ] == []
    assert cv2.imread(str(tmp_path / "overlay.png")).shape == (480, 640, 3)
    video = cv2.VideoCapture(str(tmp_path / "pick.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) > 10


@pytest.mark.timeout(600)
def test_what_is_not_there_is_not_reached_for(tmp_path):
    with NodeProcesses(dict(os.environ), tmp_path / "logs") as nodes:
        nodes.start("simulator", "lggd_ros.simulation.node", {"setup": "isolated", "seed": SEED}, "simulator.yaml")
        with DemoClient(nodes, tmp_path) as client:
            before = client.ground_truth()
            nodes.start("perception", "lggd_ros.nodes.perception", {"use_sim_time": True}, "perception.yaml")
            client.wait_for_perception()
            nodes.start("executor", "lggd_ros.nodes.executor", {"use_sim_time": True}, "executor.yaml")
            result = client.execute(_missing(before["objects"][0]))
            after = client.ground_truth()
    assert result.error_code == ExecuteGrasp.Result.ABSENT, result.message
    assert not any(thing["held"] for thing in after["objects"])
    poses = [np.array(truth["objects"][0]["pose"]) for truth in (before, after)]
    assert np.allclose(*poses, atol=1e-3)


def _missing(thing):
    return "pick up the green hammer" if thing["kind"] != "hammer" else "pick up the green duck"
