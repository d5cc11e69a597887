"""The training loop: Lightning Fabric on CPU, one GPU or many processes (torchrun), stopped and resumed at will.

A run folder holds ``last.safetensors`` and ``best.safetensors`` (networks), ``state.pt`` (everything needed to resume),
``losses.csv``, ``encoder_losses.csv``, ``validation.csv``, ``metrics.json`` and ``examples.png``.
"""

from __future__ import annotations

import csv
import json
import math
import os
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from lightning.fabric import Fabric
from tqdm import tqdm

from lggd_ros.data.augment import Augmentation
from lggd_ros.data.batches import BatchStream
from lggd_ros.data.crowd import Crowd
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.network import LGGD, save_checkpoint
from lggd_ros.training.config import TrainConfig
from lggd_ros.training.evaluate import figures, judge
from lggd_ros.training.losses import total
from lggd_ros.training.objective import Objective
from lggd_ros.training.pictures import save_examples

LOG_EVERY = 20
TAUGHT = ("image_encoder", "fusion.visual", "fusion.self_attention")  # by the encoder stage
WARMUP_START = 0.1


@dataclass
class Progress:
    """How far a run has come, validations included; saved with it."""

    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    stage_start: int = 0  # step at which the decoder joined the encoders

    def share(self, config: TrainConfig) -> float:
        """Share of the schedule in [0, 1] that is behind, by steps or by time, whichever is further."""
        shares = [self.step / config.max_steps]
        if config.max_minutes is not None:
            shares.append(self.seconds / (60 * config.max_minutes))
        return min(max(shares), 1.0)


@dataclass
class Run:
    """One training run: what is trained, on what, and how far it is."""

    config: TrainConfig
    out: Path
    fabric: Fabric
    objective: torch.nn.Module
    optimizer: torch.optim.Optimizer
    stream: BatchStream
    encoder_stream: BatchStream
    validation: TabletopScenes
    progress: Progress = field(default_factory=Progress)

    @property
    def network(self) -> LGGD:
        """The network under training."""
        return self.objective.network  # type: ignore[return-value]


def train(
    config: TrainConfig | Path | str, data: Path | str, out: Path | str, max_minutes: float | None = None
) -> dict:
    """Train on ``data``/train, validate on ``data``/val, write the run folder ``out``; resume where that holds a state.

    ``max_minutes`` overrides the configuration's. Returns the last validation's figures. Scenes that appear in
    ``data``/train while training runs are taken in at each validation.
    """
    settings = config if isinstance(config, TrainConfig) else TrainConfig.read(config)
    if max_minutes is not None:
        settings = replace(settings, max_minutes=max_minutes)
    run = _prepare(settings, Path(data), Path(out))
    _resume(run)
    _loop(run)
    return _validate(run)


def _prepare(config: TrainConfig, data: Path, out: Path) -> Run:
    fabric = _fabric(config.precision)
    torch.manual_seed(config.seed)
    network = LGGD(config.network_config)
    training, validation = TabletopScenes(data / "train", network.config), TabletopScenes(data / "val", network.config)
    objective = Objective(network, config.alignment, config.decode_every, encoder_stage=config.encoder_share > 0)
    optimizer = torch.optim.AdamW(
        _parameter_groups(objective, config.weight_decay), lr=config.learning_rate, fused=True
    )
    objective, optimizer = fabric.setup(objective, optimizer)
    out.mkdir(parents=True, exist_ok=True)
    return Run(config, out, fabric, objective, optimizer, *_streams(config, training), validation)


def _streams(config: TrainConfig, scenes: TabletopScenes) -> tuple[BatchStream, BatchStream]:
    """Of scenes with instructions, and of crowds for the encoders."""
    length, augment, crowd = config.network_config.context_length, Augmentation(), Crowd(scenes)
    return (
        BatchStream(scenes, augment, config.images, config.instructions, length, config.seed, config.emphasis),
        BatchStream(
            scenes, lambda scene, rng: crowd(augment(scene, rng), rng), config.encoder_images, 0, length, config.seed
        ),
    )


def _fabric(precision: str) -> Fabric:
    """One process, or those that torchrun started."""
    local, nodes = os.environ.get("LOCAL_WORLD_SIZE"), int(os.environ.get("GROUP_WORLD_SIZE", 1))
    accelerator = "cuda" if torch.cuda.is_available() else "cpu"
    strategy = "ddp_find_unused_parameters_true" if local else "auto"  # the decoder waits for the encoders
    fabric = Fabric(
        accelerator=accelerator,
        strategy=strategy,
        devices=int(local or 1),
        num_nodes=nodes,
        precision=precision,  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def _parameter_groups(module: torch.nn.Module, weight_decay: float) -> list[dict]:
    """Decay matrices and kernels; leave biases, norms and embeddings of rare words alone."""
    groups: dict[tuple[bool, bool], list] = defaultdict(list)
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            taught = name.removeprefix("network.").startswith(TAUGHT)
            groups[taught, parameter.ndim > 1 and "embedding" not in name].append(parameter)
    return [
        {"params": parameters, "weight_decay": weight_decay if decays else 0.0, "taught": taught}
        for (taught, decays), parameters in groups.items()
    ]


def _loop(run: Run) -> None:
    logs = {False: LossLog(run.out / "losses.csv"), True: LossLog(run.out / "encoder_losses.csv")}
    interval = 0.5 if sys.stderr.isatty() else 30.0
    form = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"
    start = time.monotonic() - run.progress.seconds
    with tqdm(total=1.0, bar_format=form, mininterval=interval, disable=run.fabric.global_rank > 0) as bar:
        while (share := run.progress.share(run.config)) < 1:
            bar.update(share - bar.n)
            encoders_only = share < run.config.encoder_share
            if not encoders_only and not run.progress.stage_start and run.config.encoder_share:
                _start_decoder(run)
            losses = _step(run, encoders_only)
            run.progress.step += 1
            run.progress.seconds = run.fabric.broadcast(time.monotonic() - start)
            if run.fabric.global_rank == 0 and (means := logs[encoders_only].add(run.progress, losses)):
                bar.set_postfix_str(" ".join(f"{name} {value:.3f}" for name, value in means.items()))
            if run.progress.step % run.config.validate_every == 0:
                _save_state(run) if encoders_only else _validate(run)


def _start_decoder(run: Run) -> None:
    """Forget the optimizer's moments: those of the encoders' gentler task would let the decoder tear them apart."""
    run.progress.stage_start = run.progress.step
    run.optimizer.optimizer.state.clear()  # type: ignore[attr-defined]
    _save_state(run)


def _set_learning_rates(run: Run) -> None:
    rate, after_encoders = learning_rate(run.config, run.progress), run.progress.stage_start > 0
    for group in run.optimizer.param_groups:
        group["lr"] = rate * (run.config.taught_rate if after_encoders and group["taught"] else 1.0)


def _step(run: Run, encoders_only: bool) -> dict[str, torch.Tensor]:
    _set_learning_rates(run)
    stream = run.encoder_stream if encoders_only else run.stream
    batch = stream.batch(run.progress.step, run.fabric.global_rank, run.fabric.world_size)
    losses = run.objective(batch.to(run.fabric.device), encoders_only)
    run.fabric.backward(total(losses))
    run.fabric.clip_gradients(run.objective, run.optimizer, max_norm=run.config.clip_norm)
    run.optimizer.step()
    run.optimizer.zero_grad()
    return losses


def learning_rate(config: TrainConfig, progress: Progress) -> float:
    """Linear warm-up from a tenth, then a cosine down to zero."""
    warm = WARMUP_START + (1 - WARMUP_START) * (progress.step - progress.stage_start) / max(config.warmup_steps, 1)
    return config.learning_rate * min(warm, 1.0) * 0.5 * (1 + math.cos(math.pi * progress.share(config)))


class LossLog:
    """Mean losses of every ``LOG_EVERY`` steps, as rows of a CSV file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sums: dict[str, float] = defaultdict(float)

    def add(self, progress: Progress, losses: dict[str, torch.Tensor]) -> dict[str, float]:
        """Take one step's losses; the means on the steps that complete a row, else nothing."""
        for name, value in losses.items():
            self._sums[name] += float(value.detach()) / LOG_EVERY
        if progress.step % LOG_EVERY:
            return {}
        means, self._sums = dict(self._sums), defaultdict(float)
        append_row(self._path, {"step": progress.step, "minutes": round(progress.seconds / 60, 2), **means})
        return means


def append_row(path: Path, row: dict) -> None:
    """Append to a CSV file, with a header line where it is new."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def _validate(run: Run) -> dict:
    """Measure, save, and take in new scenes."""
    run.stream.scenes.rescan()  # type: ignore[attr-defined]
    if run.fabric.global_rank > 0:
        run.fabric.barrier()
        return {}
    run.network.eval()
    scenes = run.validation[: run.config.validation_scenes]
    with run.fabric.autocast():
        results = figures([verdict for scene in scenes for verdict in judge(run.network, scene)])
        save_examples(run.out / "examples.png", run.network, scenes)
    run.network.train()
    _record(run, results)
    run.fabric.barrier()
    return results


def _record(run: Run, results: dict) -> None:
    score = (results["J@1"] or 0) + (results["IoU"] or 0) + (results["match_accuracy"] or 0)
    flat = {name: value for name, value in results.items() if not isinstance(value, dict)}
    append_row(run.out / "validation.csv", {"step": run.progress.step, **flat})
    (run.out / "metrics.json").write_text(json.dumps({"step": run.progress.step, **results}, indent=2) + "\n")
    data = f"{len(run.stream.scenes)} scenes of lggd_ros's synthetic tabletop"
    about = {"data": data, "training": asdict(run.config), "step": run.progress.step}
    about |= {"metrics": flat, "licence": "Apache-2.0"}
    save_checkpoint(run.out / "last.safetensors", run.network, about)
    if score > run.progress.best:
        run.progress.best = score
        save_checkpoint(run.out / "best.safetensors", run.network, about)
    _save_state(run)


def _save_state(run: Run) -> None:
    if run.fabric.global_rank > 0:
        return
    state = {
        "objective": run.objective.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "progress": asdict(run.progress),
    }
    part = run.out / "state.part"
    torch.save(state, part)
    part.replace(run.out / "state.pt")


def _resume(run: Run) -> None:
    path = run.out / "state.pt"
    if not path.exists():
        return
    state = torch.load(path, map_location=run.fabric.device, weights_only=True)
    run.objective.load_state_dict(state["objective"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.progress = Progress(**state["progress"])
