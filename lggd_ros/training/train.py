"""The training loop: Lightning Fabric on CPU, one GPU or many processes (torchrun), stopped and resumed at will.

A run folder holds ``last.safetensors`` and ``best.safetensors`` (networks), ``state.pt`` (everything needed to resume),
``losses.csv``, those of earlier stages, ``validation.csv``, the same in ``tensorboard/``, ``metrics.json`` with the
latest figures and ``examples/`` with pictures of every validation.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from lggd_ros.data.batches import Batch
from lggd_ros.data.loading import load_batches
from lggd_ros.training.config import TrainConfig
from lggd_ros.training.curves import Curves, MeanLosses
from lggd_ros.training.faults import told
from lggd_ros.training.losses import total
from lggd_ros.training.run import Run, prepare
from lggd_ros.training.schedule import Stage
from lggd_ros.training.state import kept, resume, save_state
from lggd_ros.training.validation import validate

LOG_EVERY = 20
LOSSES = {Stage.LABELS: "label_losses", Stage.THINGS: "thing_losses", Stage.ANSWERS: "losses"}


def train(config: TrainConfig | Path | str, data: Path | str, out: Path | str) -> dict:
    """Train and validate on splits of ``data``; write the run folder ``out``, and resume where that holds a state.

    Returns the last validation's figures. Raises TrainingError for a run that cannot begin or go on, data that cannot
    be read included: its state stays on disk.
    """
    settings = config if isinstance(config, TrainConfig) else TrainConfig.read(config)
    with told():
        run = prepare(settings, Path(data), Path(out))
        run.out.mkdir(parents=True, exist_ok=True)
        resume(run)
    with told(lambda: kept(run)):
        _begin(run)
        with _bar(run) as bar:
            _stages(run, bar)
        results = validate(run)
        if run.curves is not None:
            run.curves.close()
        return results


def _begin(run: Run) -> None:
    run.started = time.monotonic() - run.progress.seconds
    if run.first:
        run.curves = Curves(run.out, run.progress.step)


def _stages(run: Run, bar: tqdm) -> None:
    for stage in Stage:
        if run.schedule.stage(run.progress) is stage:
            _stage(run, bar, stage)


def _stage(run: Run, bar: tqdm, stage: Stage) -> None:
    """Step until the stage's share of the schedule is over."""
    if run.progress.stage != stage:
        _enter(run, stage)
    batches, means = _batches(run, stage), MeanLosses()
    while (share := run.schedule.share(run.progress)) < run.schedule.end(stage):
        bar.update(share - bar.n)
        means.add(_step(run, next(batches), stage))
        run.progress.step += 1
        run.progress.seconds = _seconds(run)
        if run.progress.step % LOG_EVERY == 0:
            _log(run, LOSSES[stage], means.take(), bar)
        over = run.schedule.share(run.progress) >= 1  # then the run's last validation follows
        if run.progress.step % run.config.validate_every == 0 and not over:
            validate(run) if stage is Stage.ANSWERS else save_state(run)


def _enter(run: Run, stage: Stage) -> None:
    """Forget the optimizer's moments, which are of another task."""
    run.progress.stage, run.progress.stage_start = stage.value, run.progress.step
    run.optimizer.optimizer.state.clear()  # type: ignore[attr-defined]
    if run.progress.step:
        save_state(run)


def _seconds(run: Run) -> float:
    """Since the start, stops left out; where time ends the run, all processes go by the first one's clock."""
    seconds = time.monotonic() - run.started
    return seconds if run.config.max_minutes is None else run.fabric.broadcast(seconds)


def _batches(run: Run, stage: Stage) -> Iterator[Batch]:
    rank, world = run.fabric.global_rank, run.fabric.world_size
    return load_batches(run.streams[stage], run.progress.step, rank, world, run.config.workers)


def _step(run: Run, batch: Batch, stage: Stage) -> dict[str, Tensor]:
    _set_learning_rates(run)
    _draw_anew(run)
    with run.fabric.autocast():
        sentences = run.sentences(batch.tokens) if run.sentences else None
    found = run.schedule.found(run.progress)
    losses = run.objective(batch.to(run.fabric.device), stage, sentences, found)
    run.fabric.backward(total(losses))
    run.fabric.clip_gradients(run.objective, run.optimizer, max_norm=run.config.clip_norm)
    run.optimizer.step()
    run.optimizer.zero_grad()
    return losses


def _draw_anew(run: Run) -> None:
    """What a step draws at random depends on seed, process and step alone, so that a resumed run draws the same."""
    torch.manual_seed(hash((run.config.seed, run.fabric.global_rank, run.progress.step)))


def _set_learning_rates(run: Run) -> None:
    for group in run.optimizer.param_groups:
        group["lr"] = run.schedule.learning_rate(run.progress)


def _log(run: Run, name: str, means: dict[str, float], bar: tqdm) -> None:
    rate = max(group["lr"] for group in run.optimizer.param_groups)
    if run.curves is not None:
        run.curves.add(name, run.progress.step, {"minutes": round(run.progress.seconds / 60, 2), **means, "rate": rate})
    bar.set_postfix_str(" ".join(f"{name} {value:.3f}" for name, value in means.items()))


def _bar(run: Run) -> tqdm:
    interval = 0.5 if sys.stderr.isatty() else 30.0
    form = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"
    return tqdm(total=1.0, bar_format=form, mininterval=interval, disable=not run.first)
