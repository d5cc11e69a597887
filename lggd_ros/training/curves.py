"""Learning curves: CSV files for everyone, and the same for TensorBoard."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from lightning.fabric.loggers import TensorBoardLogger
from torch import Tensor

Row = Mapping[str, object]


class MeanLosses:
    """Mean loss terms since they were last taken; they stay on the device until then, so that no step waits."""

    def __init__(self) -> None:
        self._values: dict[str, list[Tensor]] = defaultdict(list)

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Take in the terms of one step."""
        for name, value in losses.items():
            self._values[name].append(value.detach())

    def take(self) -> dict[str, float]:
        """The means, and begin anew."""
        means = {name: sum(map(float, values)) / len(values) for name, values in self._values.items()}
        self._values.clear()
        return means


class Curves:
    """Figures by step: ``NAME.csv`` in the run folder, ``NAME/COLUMN`` in its folder ``tensorboard``.

    A run that was killed has written rows from after its last state, ``step``; it will write them again.
    """

    def __init__(self, out: Path, step: int) -> None:
        self._out, self._step = out, step
        self._files: dict[str, CurveFile] = {}
        self._board = TensorBoardLogger(out, name="", version="tensorboard", purge_step=step + 1)

    def add(self, name: str, step: int, row: Row) -> None:
        """One row of figures; those that are None stay empty."""
        if name not in self._files:
            self._files[name] = CurveFile(self._out / f"{name}.csv", self._step)
        self._files[name].add({"step": step, **row})
        figures = {f"{name}/{column}": value for column, value in row.items() if value is not None}
        self._board.log_metrics(figures, step)  # type: ignore[arg-type]

    def close(self) -> None:
        """Wait for TensorBoard's writer, which lags behind."""
        self._board.finalize("success")


class CurveFile:
    """A CSV file that keeps its rows up to ``step``, and takes new columns without growing ragged."""

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        rows = _read(path)
        self._columns = list(dict.fromkeys(column for row in rows for column in row))
        self._write([row for row in rows if str(row["step"]).isdigit() and int(str(row["step"])) <= step], "w")

    def add(self, row: Row) -> None:
        """Append; older rows get an empty cell in a column that is new."""
        new = [column for column in row if column not in self._columns]
        if new:
            self._columns += new
            self._write(_read(self._path), "w")
        self._write([row], "a")

    def _write(self, rows: Sequence[Row], mode: str) -> None:
        with self._path.open(mode, newline="") as file:
            writer = csv.DictWriter(file, self._columns)
            if mode == "w" and self._columns:
                writer.writeheader()
            writer.writerows(rows)


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: value for name, value in row.items() if name is not None} for row in rows if row.get("step")]
