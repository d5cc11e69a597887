"""Learning curves that stay readable when a run is stopped, resumed and changed."""

import csv

import torch

from lggd_ros.training.curves import CurveFile, Curves, MeanLosses


def rows(file):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_new_columns_fill_older_rows_with_nothing(tmp_path):
    file = tmp_path / "validation.csv"
    CurveFile(file, 0).add({"step": 1, "IoU": 0.5})
    CurveFile(file, 1).add({"step": 2, "J@1": 0.25, "IoU": 0.75})
    CurveFile(file, 2).add({"step": 3, "J@1": 0.5})
    assert len({line.count(",") for line in file.read_text().splitlines()}) == 1
    assert rows(file) == [
        {"step": "1", "IoU": "0.5", "J@1": ""},
        {"step": "2", "IoU": "0.75", "J@1": "0.25"},
        {"step": "3", "IoU": "", "J@1": "0.5"},
    ]


def test_rows_that_come_again_are_dropped(tmp_path):
    file = tmp_path / "losses.csv"
    killed = CurveFile(file, 0)
    for step in (20, 40, 60):
        killed.add({"step": step, "mask": 0.1})
    with file.open("a") as stream:
        stream.write("80")  # killed while it wrote
    CurveFile(file, 40).add({"step": 60, "mask": 0.2})
    assert [(row["step"], row["mask"]) for row in rows(file)] == [("20", "0.1"), ("40", "0.1"), ("60", "0.2")]


def test_curves_are_written_for_tensorboard_too(tmp_path):
    curves = Curves(tmp_path, 0)
    curves.add("validation", 7, {"IoU": 0.5, "absent_called_found": None})
    curves.close()
    (events,) = (tmp_path / "tensorboard").glob("events*")
    assert b"validation/IoU" in events.read_bytes()
    assert rows(tmp_path / "validation.csv") == [{"step": "7", "IoU": "0.5", "absent_called_found": ""}]


def test_means_begin_anew():
    losses = MeanLosses()
    for value in (1.0, 2.0):
        losses.add({"mask": torch.tensor(value)})
    assert losses.take() == {"mask": 1.5}
    losses.add({"mask": torch.tensor(4.0)})
    assert losses.take() == {"mask": 4.0}
