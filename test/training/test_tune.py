"""Thresholds from validation data."""

import json

import numpy as np
import pytest
from shapes import TINY, write_shapes

from lggd_ros.cli import main
from lggd_ros.decision import Decision
from lggd_ros.network import LGGD, LGGDConfig, load_checkpoint, save_checkpoint
from lggd_ros.training.tune import CONFIDENT, RIVAL, Answers, calibration_error, choose, describe

CONFIG = LGGDConfig.tabletop().with_(**TINY)


def overconfident(count=3000, temperature=2.0):
    """Answers whose logits are ``temperature`` times too large; the mask is clear about all."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(count, 3)) * 5
    frequencies, said = (np.exp(x) / np.exp(x).sum(-1, keepdims=True) for x in (logits, logits * temperature))
    truth = np.array([rng.choice(3, p=p) for p in frequencies])
    clear = np.ones((len(CONFIDENT), len(RIVAL), count), bool)
    return Answers(truth, said, np.zeros(count, bool), clear, np.ones(count, bool))


def test_the_temperature_is_found_and_makes_presence_a_frequency():
    answers = overconfident()
    chosen = choose(answers)
    assert chosen.temperature == pytest.approx(2.0, rel=0.15)
    before, after = describe(Decision(), answers), describe(chosen, answers)
    assert after["calibration_error"] < 0.03 < before["calibration_error"]
    assert after["absent_called_found"] <= 0.04 < before["absent_called_found"]


def test_a_mask_that_is_unclear_is_not_found():
    answers = overconfident(300)
    unclear = answers._replace(clear=np.zeros_like(answers.clear))
    assert 1 not in unclear.said(Decision())
    assert not answers._replace(empty=np.ones(300, bool)).said(Decision()).any()


def test_what_is_likely_another_thing_is_rather_not_taken():
    answers = overconfident(900)
    unsure = np.arange(900) % 3 == 0
    clear = answers.clear.copy()
    clear[CONFIDENT.index(0.7) :, :, unsure] = False
    assert choose(answers._replace(clear=clear)).confident < 0.7
    mistaken = answers._replace(clear=clear, meant=~unsure)
    assert choose(mistaken).confident >= 0.7
    assert describe(choose(mistaken), mistaken)["another_found"] == 0
    assert describe(Decision(), mistaken)["another_found"] > 0.05


def test_what_is_rather_not_there_is_never_found():
    """Even where the data would allow it: those that are there seem so by a third, nothing that is not there does."""
    answers = overconfident(300)
    truth = np.repeat([0, 1, 2], 100)
    said = np.repeat([[0.98, 0.01, 0.01], [0.67, 0.32, 0.01], [0.01, 0.01, 0.98]], 100, axis=0)
    assert choose(answers._replace(truth=truth, match=said)).present >= 0.5


def test_calibration_error_by_hand():
    assert calibration_error(np.array([0.95, 0.95, 0.05, 0.05]), np.array([True, True, False, True])) == pytest.approx(
        0.25
    )


@pytest.fixture
def checkpoint(tmp_path):
    save_checkpoint(tmp_path / "tiny.safetensors", LGGD(CONFIG).eval(), {"data": "shapes"})
    return tmp_path / "tiny.safetensors"


def test_the_command_writes_into_the_checkpoint_and_leaves_the_weights(tmp_path, checkpoint, capsys):
    write_shapes(tmp_path / "data/val", 3)
    before = load_checkpoint(checkpoint)
    assert main(["tune", "--checkpoint", str(checkpoint), "--data", str(tmp_path / "data")]) == 0
    told, after = json.loads(capsys.readouterr().out), load_checkpoint(checkpoint)
    assert after.about["decision"] == told["after"]["decision"] and after.about["data"] == "shapes"
    weights = before.network.state_dict()
    assert all((value == weights[name]).all() for name, value in after.network.state_dict().items())


def test_a_decision_of_other_thresholds_is_replaced(tmp_path, capsys):
    write_shapes(tmp_path / "data/val", 3)
    save_checkpoint(tmp_path / "odd.safetensors", LGGD(CONFIG).eval(), {"decision": {"rival": 0.42}})
    assert main(["tune", "--checkpoint", str(tmp_path / "odd.safetensors"), "--data", str(tmp_path / "data")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["before"] is None and told["after"]["decision"]["rival"] in RIVAL


def test_data_without_one_of_the_cases_are_refused(tmp_path, checkpoint, capsys):
    folder = write_shapes(tmp_path / "data/val", 1)
    for file in folder.glob("scene_*/scene.json"):
        content = json.loads(file.read_text())
        content["instructions"] = [row for row in content["instructions"] if row["type"] != "absent"]
        file.write_text(json.dumps(content))
    assert main(["tune", "--checkpoint", str(checkpoint), "--data", str(tmp_path / "data")]) != 0
    assert "has nothing that is absent" in capsys.readouterr().err
