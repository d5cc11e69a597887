"""How far a run has come, and what that means: which stage it is in, and how fast it learns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from lggd_ros.training.config import TrainConfig

WARMUP_START = 0.1  # of the learning rate
FOUND_FROM, FOUND_TO = 0.2, 0.6  # of the stage that learns things


class Stage(StrEnum):
    """What is learnt, in this order: what things are; where they are and which of them sentences mean; the answers."""

    LABELS = "labels"
    THINGS = "things"
    ANSWERS = "answers"


@dataclass
class Progress:
    """How far a run has come, validations included; saved with it."""

    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    stage: str = ""
    stage_start: int = 0  # step at which it began


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

    def end(self, stage: Stage) -> float:
        """Share of the schedule at which a stage is over."""
        things = self.config.label_share + self.config.thing_share
        return {Stage.LABELS: self.config.label_share, Stage.THINGS: things, Stage.ANSWERS: 1.0}[stage]

    def stage(self, progress: Progress) -> Stage:
        """The stage that a run is in."""
        share = self.share(progress)
        return next((stage for stage in Stage if share < self.end(stage)), Stage.ANSWERS)

    def done(self, progress: Progress) -> float:
        """Share of that stage in [0, 1] that is behind."""
        stage = self.stage(progress)
        start = max((self.end(other) for other in Stage if self.end(other) < self.end(stage)), default=0.0)
        return (self.share(progress) - start) / (self.end(stage) - start)

    def found(self, progress: Progress) -> float:
        """In what share of images things are looked at where they are found: all, but for a finder that learns, with
        which it is none at first."""
        if self.stage(progress) is not Stage.THINGS or "finder" in self.config.settled:
            return 1.0
        return min(max((self.done(progress) - FOUND_FROM) / (FOUND_TO - FOUND_FROM), 0.0), 1.0)

    def learning_rate(self, progress: Progress) -> float:
        """In each stage a linear warm-up from a tenth, times a cosine down to zero."""
        steps = (progress.step - progress.stage_start) / max(self.config.warmup_steps, 1)
        warm = min(WARMUP_START + (1 - WARMUP_START) * steps, 1.0)
        return self.config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * self.done(progress)))
