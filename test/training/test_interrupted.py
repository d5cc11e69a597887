"""Runs that end early: killed, out of memory, on a full disk, resumed wrongly."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from shapes import TINY, write_settings, write_shapes

from lggd_ros.cli import main
from lggd_ros.network.lggd import THINGS
from lggd_ros.training.objective import Objective


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    root = tmp_path_factory.mktemp("shapes")
    for split in ("train", "val"):
        write_shapes(root / split, 2)
    return root


def arguments(shapes, folder, **changes):
    config = write_settings(folder, **{"max_steps": 6, "validate_every": 3, **changes})
    return ["train", "--config", str(config), "--data", str(shapes), "--out", str(folder / "run")]


def state(folder):
    return torch.load(folder / "run/state.pt", weights_only=True)


def fails(capsys, command):
    """The one sentence."""
    capsys.readouterr()
    assert main(command) == 2
    error = capsys.readouterr().err
    told = [line for line in error.splitlines() if line.startswith("lggd train: ")]
    assert len(told) == 1 and "Traceback" not in error
    return told[0]


def wait_for(file, process):
    while not file.exists():
        assert process.poll() is None, process.stderr.read()


@pytest.fixture
def half(shapes, tmp_path):
    """A run of three steps, to be gone on with."""
    assert main(arguments(shapes, tmp_path, max_steps=3)) == 0
    return arguments(shapes, tmp_path)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(shapes, tmp_path):
    (tmp_path / "whole").mkdir()
    assert main(arguments(shapes, tmp_path / "whole", max_steps=12)) == 0
    command = arguments(shapes, tmp_path, max_steps=12)
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}  # sums in the same order
    process = subprocess.Popen(
        [sys.executable, "-m", "lggd_ros.cli", *command], env=os.environ | threads, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for(tmp_path / "run/state.pt", process)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 3 <= state(tmp_path)["progress"]["step"] < 12
    assert main(command) == 0
    whole, parts = state(tmp_path / "whole"), state(tmp_path)
    assert parts["progress"]["step"] == 12
    assert all(torch.equal(value, parts["objective"][name]) for name, value in whole["objective"].items())


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee documentation"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:118] . DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_is_told_and_the_state_kept(half, tmp_path, capsys, monkeypatch, error):
    """Raised in the place of torch: no graphics card here, and this machine's memory is others' too."""
    before = (tmp_path / "run/state.pt").read_bytes()

    def forward(self, *_):
        raise error

    monkeypatch.setattr(Objective, "forward", forward)
    told = fails(capsys, half)
    assert "out of memory" in told and "lower 'images' ('label_images'" in told and "goes on from step 3" in told
    assert (tmp_path / "run/state.pt").read_bytes() == before


@pytest.mark.parametrize("file", ["state", "metrics"])
def test_a_full_disk_is_told_and_the_state_kept(half, tmp_path, capsys, file):
    """/dev/full stands for the disk: what is written there finds no space."""
    before = (tmp_path / "run/state.pt").read_bytes()
    (tmp_path / "run" / f"{file}.part").symlink_to("/dev/full")
    told = fails(capsys, half)
    assert "No space left on device" in told and "make room" in told and "goes on from step 3" in told
    assert (tmp_path / "run/state.pt").read_bytes() == before
    assert not list((tmp_path / "run").glob("*.part"))


def test_half_a_checkpoint_takes_no_place(half, tmp_path, capsys):
    """The system lets no file grow to the checkpoint's size."""
    old = {file: file.read_bytes() for file in (tmp_path / "run").glob("*.safetensors")}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(map(len, old.values())) * 9 // 10, hard))
    try:
        told = fails(capsys, half)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "ile too large" in told and "make room" in told and "goes on from step 3" in told
    assert {file: file.read_bytes() for file in (tmp_path / "run").glob("*.safetensors")} == old


def test_a_run_that_diverges_says_what_to_change(half, tmp_path, capsys, monkeypatch):
    def forward(self, *_):
        return {"mask": self.network.head.widen.sum() * torch.inf}

    monkeypatch.setattr(Objective, "forward", forward)
    told = fails(capsys, half)
    assert "no longer finite; lower 'learning_rate'" in told and "goes on from step 3" in told


def test_a_state_of_another_network_is_not_gone_on_with(half, shapes, tmp_path, capsys):
    told = fails(capsys, arguments(shapes, tmp_path, changes={**TINY, "head_width": 4}))
    assert "state.pt' is damaged or of a run with another network" in told and "--out" in told


@pytest.mark.parametrize("left", [0, 1000])
def test_a_damaged_state_is_named(half, tmp_path, capsys, left):
    file = tmp_path / "run/state.pt"
    file.write_bytes(file.read_bytes()[:left])
    assert f"'{file}' is damaged" in fails(capsys, half)


def edit(text):
    return lambda root: (root / "train.yaml").write_text(text)


def truncate(name):
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:50])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (edit("imagse: 4"), "unknown settings (imagse)"),
        (edit("max_steps: [1"), "not valid YAML"),
        (edit("max_steps: 9\nprecision: half"), "precision is 'half'; known: bf16-mixed, 32-true"),
        (edit(f"max_steps: 9\nthing_share: 0.5\nsettled: [{', '.join(THINGS)}]"), "set both to 0"),
        (edit("max_steps: 9\ntrain_split: trian"), "has no split 'trian'; it has train, val"),
        (edit("max_steps: 9\nchanges: {experts: many}"), "experts"),
        (lambda root: (root / "train.yaml").unlink(), "No such file or directory"),
        (truncate("data/train/scene_000001/scene.json"), "scene_000001/scene.json' is not valid JSON"),
        (truncate("data/val/scene_000000/instances.png"), "instances.png' is cut off"),
        (lambda root: (root / "data/val/scene_000000/scene.json").unlink(), "has no split 'val'; it has train"),
        (lambda root: (root / "data").rename(root / "date"), "does not exist"),
        (lambda root: (root / "run").write_text("mine"), "File exists"),
    ],
)
def test_what_new_users_get_wrong_is_one_sentence(tmp_path, capsys, damage, said):
    write_shapes(tmp_path / "data/train", 2)
    write_shapes(tmp_path / "data/val", 1)
    command = arguments(tmp_path / "data", tmp_path)
    damage(tmp_path)
    assert said in fails(capsys, command)
    assert not Path(tmp_path / "run/state.pt").exists()
