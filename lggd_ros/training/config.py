"""How to train: one YAML file, read into a frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import yaml

from lggd_ros.network import LGGDConfig

NETWORKS = {"rn50": LGGDConfig.rn50, "tabletop": LGGDConfig.tabletop}


POSITIVE = (
    *("images", "instructions", "decode_every", "encoder_images", "learning_rate", "max_steps"),
    *("clip_norm", "validate_every", "validation_scenes"),
)


@dataclass(frozen=True)
class TrainConfig:
    """Training settings. A batch is ``images`` images with ``instructions`` instructions each, per process; every
    ``decode_every``-th of those pairs goes through the decoder. ``emphasis``: how much more often than others an
    instruction of a type (name, attribute, relation, …) is drawn.

    The learning rate rises over ``warmup_steps``, then falls as a cosine until ``max_steps`` or, where given and
    sooner, ``max_minutes`` of training. ``alignment`` adds the training aid of ``objective.Alignment``; for the first
    ``encoder_share`` of the schedule that trains the encoders alone, on ``encoder_images`` crowds per step and process:
    what CLIP's pretraining gives the paper's network, a small one that starts from nothing gets here. Afterwards the
    image encoder goes on at ``taught_rate`` of the learning rate.
    """

    network: str = "tabletop"
    images: int = 6
    instructions: int = 6
    decode_every: int = 1
    emphasis: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup_steps: int = 200
    max_steps: int = 100_000
    max_minutes: float | None = None
    clip_norm: float = 5.0
    alignment: bool = True
    encoder_share: float = 0.0
    encoder_images: int = 16
    taught_rate: float = 0.1
    precision: str = "bf16-mixed"
    validate_every: int = 500
    validation_scenes: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ValueError(f"network is '{self.network}'; known: {', '.join(NETWORKS)}")
        for name in POSITIVE:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive")
        if not all(weight > 0 for weight in self.emphasis.values()):
            raise ValueError(f"emphasis is {dict(self.emphasis)}; every weight must be positive")
        if not 0 <= self.encoder_share < 1:
            raise ValueError(f"encoder_share is {self.encoder_share}; it must lie in [0, 1)")
        if self.encoder_share and not self.alignment:
            raise ValueError(f"encoder_share is {self.encoder_share} but alignment is off; encoders alone learn by it")
        if self.max_minutes is not None and not self.max_minutes > 0:
            raise ValueError(f"max_minutes is {self.max_minutes}; it must be positive, or left out")

    @property
    def network_config(self) -> LGGDConfig:
        """Configuration of the network to train."""
        return NETWORKS[self.network]()

    @classmethod
    def read(cls, path: Path | str) -> TrainConfig:
        """From a YAML file. Raises ValueError on unknown settings, OSError where the file is missing."""
        try:
            values = yaml.safe_load(Path(path).read_text()) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"'{path}' is not valid YAML: {error}") from None
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or not set(values) <= known:
            unknown = ", ".join(sorted(set(values) - known)) if isinstance(values, dict) else "no settings at all"
            raise ValueError(f"'{path}' has unknown settings ({unknown}); known: {', '.join(sorted(known))}")
        return cls(**values)
