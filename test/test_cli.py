"""Bad input as a person would give it: one sentence on stderr, exit code 2, no traceback."""

import cv2
import numpy as np
import pytest

from lggd_ros.cli import main


@pytest.fixture
def files(tmp_path):
    cv2.imwrite(str(tmp_path / "color.png"), np.full((48, 64, 3), 90, np.uint8))
    cv2.imwrite(str(tmp_path / "depth.png"), np.full((48, 64), 600, np.uint16))
    cv2.imwrite(str(tmp_path / "small.png"), np.full((24, 32), 600, np.uint16))
    cv2.imwrite(str(tmp_path / "eight.png"), np.full((48, 64), 60, np.uint8))
    (tmp_path / "broken.png").write_bytes((tmp_path / "color.png").read_bytes()[:40])
    (tmp_path / "empty.png").touch()
    (tmp_path / "noise.safetensors").write_bytes(b"not a checkpoint at all")
    return tmp_path


def detect(files, color="color.png", depth="depth.png", text="the red mug", **options):
    arguments = ["detect", "--color", str(files / color), "--depth", str(files / depth), "--text", text]
    values = {"intrinsics": "60,60,32,24", "out": str(files / "out")} | options
    return main(arguments + [part for key, value in values.items() for part in (f"--{key}", value)])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"color": "missing.png"}, "does not exist"),
        ({"color": "broken.png"}, "cannot be read"),
        ({"color": "empty.png"}, "cannot be read"),
        ({"depth": "small.png"}, "align depth to colour"),
        ({"depth": "eight.png"}, "16-bit"),
        ({"text": "  "}, "instruction is empty"),
        ({"text": "the mug " * 100}, "800 characters"),
        ({"checkpoint": "lggd_nothing"}, "lggd_nothing"),
        ({"checkpoint": "nowhere/at_all.safetensors"}, "does not exist"),
        ({"device": "cuda:99"}, "not there"),
        ({"device": "abacus"}, "unknown"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(files, capsys, change, sentence):
    assert detect(files, **change) == 2
    error = capsys.readouterr().err
    assert sentence in error and "Traceback" not in error
    assert not (files / "out").exists()


def test_a_corrupt_checkpoint_is_named(files, capsys):
    assert detect(files, checkpoint=str(files / "noise.safetensors")) == 2
    assert "noise.safetensors" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["60,60,32", "60,60,32,x", "60,60,32,24,1"])
def test_intrinsics_that_are_not_four_numbers_are_refused(files, capsys, wrong):
    with pytest.raises(SystemExit, match="2"):
        detect(files, intrinsics=wrong)
    assert f"'{wrong}' is not fx,fy,cx,cy, four numbers in pixels" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["-1", "x", "1.5", ""])
def test_what_is_no_whole_number_is_refused(capsys, wrong):
    with pytest.raises(SystemExit, match="2"):
        main(["benchmark", "grasp", "--setup", "isolated", f"--seed={wrong}"])
    assert f"'{wrong}' is no whole number from 0 on" in capsys.readouterr().err


def test_too_few_views_are_refused_before_any_is_taken(capsys):
    assert main(["calibrate", "--views", "5"]) == 2
    assert "5 views are too few; 6 are needed" in capsys.readouterr().err


def test_detect_writes_overlay_and_json(files, capsys):
    assert detect(files) == 0
    assert (files / "out/overlay.png").is_file() and (files / "out/detection.json").is_file()
