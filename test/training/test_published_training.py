"""`lggd train` on OCID-VLG and Grasp-Anything++ as they lie on disk."""

import csv
import json

import pytest
import torch
from published_data import SHA, write_grasp_anything, write_ocid_vlg
from shapes import TINY, write_settings, write_shapes

from lggd_ros.cli import main
from lggd_ros.network import LGGD, load_checkpoint
from lggd_ros.training.config import TrainConfig
from lggd_ros.training.run import prepare
from lggd_ros.training.schedule import Stage
from lggd_ros.training.train import train

FROZEN = {**TINY, "frozen": True, "causal": True, "things": 0}  # as rn50, but small
OCID = {"train_split": "multiple/train", "validation_split": "multiple/val"}
GRASP_ANYTHING = {"train_split": "train", "validation_split": "test-seen"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("published")
    write_ocid_vlg(root / "ocid")
    write_grasp_anything(root / "grasp_anything")
    for split in ("train", "val"):
        write_shapes(root / "shapes" / split, 2)
    return root


def settings(folder, **changes):
    common = {"changes": FROZEN, "images": 2, "instructions": 1, "epochs": 2}
    return write_settings(folder, **common | changes)


@pytest.mark.parametrize(
    ("name", "splits", "precision", "steps"),
    [
        ("ocid", OCID, "bf16-mixed", 3),  # 2 epochs of 3 expressions, 2 per step
        ("grasp_anything", GRASP_ANYTHING, "32-true", 2),  # of 2 parts
    ],
)
def test_training_on_published_data(data, tmp_path, name, splits, precision, steps):
    config = settings(tmp_path, workers=1, precision=precision, **splits)
    assert main(["train", "--config", str(config), "--data", str(data / name), "--out", str(tmp_path / "run")]) == 0
    trained = load_checkpoint(tmp_path / "run/last.safetensors")
    assert trained.about["step"] == steps
    assert trained.about["data"].endswith(splits["train_split"])
    assert json.loads((tmp_path / "run/metrics.json").read_text())["instructions"] > 0


def test_an_epoch_of_every_data_set(data, tmp_path):
    ocid = prepare(TrainConfig.read(settings(tmp_path, **OCID)), data / "ocid", tmp_path)
    shapes = prepare(TrainConfig.read(settings(tmp_path)), data / "shapes", tmp_path)
    assert ocid.schedule.steps == 3
    assert shapes.schedule.steps == sum(len(scene.instructions) for scene in shapes.streams[Stage.ANSWERS].scenes)


def test_frozen_encoders_stay_as_they_were(data, tmp_path):
    config = TrainConfig.read(settings(tmp_path, **OCID))
    before = prepare(config, data / "ocid", tmp_path).network.state_dict()
    train(config, data / "ocid", tmp_path / "run")
    after = torch.load(tmp_path / "run/state.pt", weights_only=True)["objective"]
    moved = {name.split(".")[0] for name, value in before.items() if not torch.equal(value, after[f"network.{name}"])}
    assert not moved & {"image_encoder", "text_encoder"} and {"fusion", "upsampling", "head"} <= moved


def test_sentences_are_encoded_once_in_a_run(data, tmp_path, monkeypatch):
    asked, encode = [], LGGD.encode_text

    def spy(network, tokens):
        asked.extend(tuple(row.tolist()) for row in tokens if network.training)
        return encode(network, tokens)

    monkeypatch.setattr(LGGD, "encode_text", spy)
    train(TrainConfig.read(settings(tmp_path, epochs=3, **OCID)), data / "ocid", tmp_path / "run")
    assert len(asked) == len(set(asked)) == 3


def test_a_network_with_things_learns_from_data_without_labels(data, tmp_path):
    config = write_settings(tmp_path, max_steps=1, **GRASP_ANYTHING)
    out = tmp_path / "run"
    assert main(["train", "--config", str(config), "--data", str(data / "grasp_anything"), "--out", str(out)]) == 0


def test_a_corrupt_sample_is_named_and_the_state_kept(data, tmp_path, capsys):
    root = write_grasp_anything(tmp_path / "data")
    config = settings(tmp_path, epochs=1, workers=1, **GRASP_ANYTHING)
    command = ["train", "--config", str(config), "--data", str(root), "--out", str(tmp_path / "run")]
    assert main(command) == 0
    state = (tmp_path / "run/state.pt").read_bytes()
    settings(tmp_path, epochs=2, workers=1, **GRASP_ANYTHING)
    file = root / f"grasp_instructions/{SHA[0]}_0_1.pkl"
    file.write_bytes(file.read_bytes()[:-3])
    capsys.readouterr()
    assert main(command) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("lggd train:")]
    assert len(told) == 1 and str(file) in told[0] and "goes on from step 1" in told[0]
    assert (tmp_path / "run/state.pt").read_bytes() == state


def test_curves_have_the_same_columns_throughout(data, tmp_path):
    config = settings(tmp_path, validate_every=1, **OCID)
    main(["train", "--config", str(config), "--data", str(data / "ocid"), "--out", str(tmp_path / "run")])
    with (tmp_path / "run/validation.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    assert len(list((tmp_path / "run/examples").iterdir())) == 3
