"""How far a run has come, and what that means for the learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lggd_ros.training.config import TrainConfig

WARMUP_START = 0.1  # of the learning rate
FOUND_FROM, FOUND_TO = 0.2, 0.6  # of the stage that learns things


@dataclass
class Progress:
    """How far a run has come, validations included; saved with it."""

    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    stage_start: int = 0  # step at which the decoder's stage began


@dataclass(frozen=True)
class Schedule:
    """A run of ``steps`` steps, or of the configuration's minutes where those are over sooner."""

    config: TrainConfig
    steps: int

    def share(self, progress: Progress) -> float:
        """Share of the schedule in [0, 1] that is behind, by steps or by time, whichever is further."""
        shares = [progress.step / self.steps]
        if self.config.max_minutes is not None:
            shares.append(progress.seconds / (60 * self.config.max_minutes))
        return min(max(shares), 1.0)

    def things_only(self, progress: Progress) -> bool:
        """Whether the stage that learns things alone goes on."""
        return self.share(progress) < self.config.thing_share

    def found(self, progress: Progress) -> float:
        """In what share of images things are looked at where they are found: none at first, later all."""
        done = self.share(progress) / (self.config.thing_share or 1.0)
        return min(max((done - FOUND_FROM) / (FOUND_TO - FOUND_FROM), 0.0), 1.0)

    def learning_rate(self, progress: Progress) -> float:
        """In each stage a linear warm-up from a tenth, times a cosine down to zero."""
        steps = (progress.step - progress.stage_start) / max(self.config.warmup_steps, 1)
        warm = min(WARMUP_START + (1 - WARMUP_START) * steps, 1.0)
        share, switch = self.share(progress), self.config.thing_share
        done = share / switch if share < switch else (share - switch) / (1 - switch)
        return self.config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * done))
