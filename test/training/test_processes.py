"""Two processes under torchrun learn what one does from the same images."""

import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
import torch
from fixed_statistics import fix_statistics
from shapes import TINY, write_settings, write_shapes
from torch import nn

from lggd_ros.cli import main
from lggd_ros.network import LGGD
from lggd_ros.training.config import TrainConfig

HERE = Path(__file__).parent


@pytest.fixture
def twins(tmp_path):
    """Two scenes that differ in their colours alone.

    A process divides its losses by its own masks' pixels. All processes having the same masks, the mean of their
    gradients is the gradient of one process with all images.
    """
    train = write_shapes(tmp_path / "data/train", 1)
    shutil.copytree(train / "scene_000000", train / "scene_000001")
    file = str(train / "scene_000001/color.jpg")
    cv2.imwrite(file, cv2.imread(file)[..., ::-1])
    shutil.copytree(train, tmp_path / "data/val")
    return tmp_path / "data"


def settings(folder, images, count):
    folder.mkdir()
    return write_settings(
        folder,
        images=images,
        instructions=count,
        max_steps=3,
        warmup_steps=0,
        augment=False,
        changes={**TINY, "things": 0},  # by chance one process looks at things where they are found, the other does not
    )


def weights(folder):
    state = torch.load(folder / "run/state.pt", weights_only=True)["objective"]
    return nn.utils.parameters_to_vector([value for name, value in state.items() if value.is_floating_point()])


def start(config):
    """The weights that every run begins with."""
    settings = TrainConfig.read(config)
    torch.manual_seed(settings.seed)
    state = LGGD(settings.network_config).state_dict()
    return nn.utils.parameters_to_vector([value for value in state.values() if value.is_floating_point()])


def arguments(config, data):
    return ["train", "--config", str(config), "--data", str(data), "--out", str(config.parent / "run")]


def test_two_processes_match_one(twins, tmp_path, monkeypatch):
    count = len(twins.parent.joinpath("data/train/scene_000000/scene.json").read_text().split('"text"')) - 1
    two = settings(tmp_path / "two", 1, count)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, str(HERE / "fixed_statistics.py"), *arguments(two, twins)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    monkeypatch.setattr(nn.BatchNorm2d, "train", nn.BatchNorm2d.train)  # undone after the test
    fix_statistics()
    one = settings(tmp_path / "one", 2, count)
    assert main(arguments(one, twins)) == 0
    alone, together, before = weights(one.parent), weights(two.parent), start(one)
    assert (together - alone).norm() < 0.01 * (alone - before).norm()
