"""A training run put together: data, network, optimizer and the processes that share the work."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.exceptions import MisconfigurationException
from torch import nn

from lggd_ros.data.augment import Augmentation
from lggd_ros.data.batches import BatchStream
from lggd_ros.data.draws import EpochDraws, RandomDraws
from lggd_ros.data.files import DataError
from lggd_ros.data.open import open_data, recognise
from lggd_ros.data.scene import Scene, Scenes
from lggd_ros.network import LGGD
from lggd_ros.network.checkpoint import take_over
from lggd_ros.network.lggd import THINGS
from lggd_ros.training.config import TrainConfig
from lggd_ros.training.curves import Curves
from lggd_ros.training.objective import Objective
from lggd_ros.training.schedule import Progress, Schedule, Stage
from lggd_ros.training.sentences import SentenceCache


@dataclass
class Run:
    """One training run: what is trained, on what, and how far it is.

    ``data`` says in words what it learns from. ``sentences``: features of a frozen text encoder, None where it learns.
    ``curves``: on the first process. ``started``: when, by the monotonic clock, had it never been stopped. ``saved``:
    the step of the state on disk, None before there is one.
    """

    config: TrainConfig
    out: Path
    data: str
    fabric: Fabric
    objective: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    streams: dict[Stage, BatchStream]
    validation: list[Scene]
    sentences: SentenceCache | None
    progress: Progress = field(default_factory=Progress)
    curves: Curves | None = None
    started: float = 0.0
    saved: int | None = None

    @property
    def network(self) -> LGGD:
        """The network under training."""
        return self.objective.network  # type: ignore[return-value]

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.fabric.global_rank == 0


def prepare(config: TrainConfig, data: Path, out: Path) -> Run:
    """Read the data, build the network, and meet the other processes. Raises DataError, or ValueError for settings."""
    fabric = start_fabric(config.precision)
    scenes = open_data(data, config.train_split, config.network_config)
    validation = open_data(data, config.validation_split, config.network_config)
    stream, steps = _stream(config, scenes, fabric.world_size)
    objective, optimizer = _learner(config, scenes.vocabulary, fabric)
    network = cast(LGGD, objective.network)
    return Run(
        config=config,
        out=out,
        data=f"{len(scenes)} scenes of {recognise(data)}, {config.train_split}",
        fabric=fabric,
        objective=objective,
        optimizer=optimizer,
        schedule=Schedule(config, steps),
        streams={
            Stage.LABELS: replace(stream, images=config.label_images),
            Stage.THINGS: replace(stream, images=config.thing_images),
            Stage.ANSWERS: stream,
        },
        validation=_some(validation, config.validation_scenes),
        sentences=SentenceCache(network, fabric.device) if network.config.frozen else None,
    )


def start_fabric(precision: str) -> Fabric:
    """One process, or those that torchrun started."""
    local, nodes = os.environ.get("LOCAL_WORLD_SIZE"), int(os.environ.get("GROUP_WORLD_SIZE", 1))
    strategy = "ddp_find_unused_parameters_true" if local else "auto"  # one stage leaves out what the other learns
    try:
        fabric = Fabric(
            accelerator="cuda" if torch.cuda.is_available() else "cpu",
            strategy=strategy,
            devices=int(local or 1),
            num_nodes=nodes,
            precision=precision,  # type: ignore[arg-type]
        )
    except MisconfigurationException as error:
        raise ValueError(f"{local} processes do not fit this machine: {error}") from None
    fabric.launch()
    return fabric


def _learner(
    config: TrainConfig, vocabulary: tuple[str, ...], fabric: Fabric
) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Network with losses, and optimizer. Graphics cards share the statistics of batch norm, as if they were one."""
    torch.manual_seed(config.seed)
    network = LGGD(config.network_config.with_(vocabulary=vocabulary))
    if config.start_from is not None:
        take_over(network, config.start_from, config.start_modules)
    network.settle(*config.settled)
    staged = config.label_share + config.thing_share > 0 or set(THINGS) <= set(config.settled)
    objective: nn.Module = Objective(network, config.decode_every, staged)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        objective = nn.SyncBatchNorm.convert_sync_batchnorm(objective)
    groups = _parameter_groups(objective, config.weight_decay)
    optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, config.beta2), fused=True)
    return fabric.setup(objective, optimizer)  # type: ignore[return-value]


def _parameter_groups(module: nn.Module, weight_decay: float) -> list[dict]:
    """Decay matrices and kernels; leave biases, norms and embeddings of rare words alone."""
    groups: dict[bool, list] = defaultdict(list)
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            groups[parameter.ndim > 1 and "embedding" not in name].append(parameter)
    return [
        {"params": parameters, "weight_decay": weight_decay if decays else 0.0} for decays, parameters in groups.items()
    ]


def _some(scenes: Scenes, count: int) -> list[Scene]:
    """Evenly spread, because data sets are sorted by place and time."""
    chosen = np.linspace(0, len(scenes) - 1, min(count, len(scenes))).round().astype(int)
    return [scenes[int(k)] for k in chosen]


def _stream(config: TrainConfig, scenes: Scenes, world: int) -> tuple[BatchStream, int]:
    """Batches of scenes with instructions, and how many steps the run has."""
    draws: EpochDraws | RandomDraws
    if config.epochs is None:
        steps = config.max_steps or 0
        weights = _crowds(scenes) if config.crowded else None
        draws = RandomDraws(len(scenes), config.instructions, config.seed, config.emphasis, weights)
    else:
        draws = EpochDraws(scenes.samples, config.instructions, config.seed)
        steps = math.ceil(config.epochs * len(draws) / (config.images * world))
    length = config.network_config.context_length
    return BatchStream(scenes, draws, _augmentation(config), config.images, length, config.seed), steps


def _crowds(scenes: Scenes) -> np.ndarray:
    """How many things every scene has. Raises DataError where that is not known."""
    if not scenes.things:
        raise DataError("crowded: these data do not tell how many things a scene has; leave it out")
    return np.array(scenes.things, float)


def _augmentation(config: TrainConfig) -> Callable[[Scene, np.random.Generator], Scene]:
    return Augmentation(reword=config.reword) if config.augment else _unchanged


def _unchanged(scene: Scene, rng: np.random.Generator) -> Scene:
    return scene
