"""How to train: one YAML file, read into a frozen dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from lggd_ros.network import LGGDConfig
from lggd_ros.network.lggd import THINGS

NETWORKS = {"rn50": LGGDConfig.rn50, "tabletop": LGGDConfig.tabletop}

PRECISIONS = ("bf16-mixed", "32-true")
POSITIVE = (
    *("images", "instructions", "decode_every", "label_images", "thing_images", "learning_rate", "max_steps", "epochs"),
    *("max_minutes", "clip_norm", "validate_every", "validation_scenes"),
)


@dataclass(frozen=True)
class TrainConfig:
    """Training settings.

    ``network`` is a preset of ``LGGDConfig``, ``changes`` replace some of its fields: the paper's ablations,
    ``pretrained`` weights, a smaller image. ``start_from``: a checkpoint of an earlier network; weights that fit are
    taken over, with ``start_modules`` only those of these modules of ``LGGD``. ``settled``: modules that stay as they
    are. ``train_split`` and ``validation_split`` as for ``open_data``.

    A batch is ``images`` images with up to ``instructions`` instructions each, per process; every ``decode_every``-th
    of those pairs goes through the decoder. A run lasts ``epochs``, in each of which every sample is seen once, or
    ``max_steps``, with scenes drawn at random and ``emphasis``: how much more often than others an instruction of a
    type (name, attribute, relation, …) is drawn; ``crowded``: a scene of five things is drawn five times as often as
    one of a single thing. ``max_minutes`` of training end it sooner. ``augment``: change images at random, see
    ``Augmentation``, which rewords a share ``reword`` of instructions. ``workers``: processes that read data ahead; 0
    suits data that is in memory.

    The learning rate rises from a tenth over ``warmup_steps`` and falls as a cosine to the end; ``beta2`` is AdamW's.

    A network with things learns in stages, see ``schedule.Stage``: for ``label_share`` of the schedule what things are,
    on ``label_images`` images per step and process, for ``thing_share`` to find and to refer to them, too, on
    ``thing_images``. What CLIP's pretraining gives the paper's network, a small one that starts from nothing gets here,
    and more. Afterwards that stays as it is; the rest learns. With 0 and 0 all is learnt at once, or, where
    ``settled`` lists all ``THINGS``, masks and grasps alone.
    """

    network: str = "tabletop"
    changes: Mapping[str, Any] = field(default_factory=dict)
    start_from: str | None = None
    start_modules: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    train_split: str = "train"
    validation_split: str = "val"
    images: int = 6
    instructions: int = 6
    decode_every: int = 1
    emphasis: Mapping[str, float] = field(default_factory=dict)
    crowded: bool = False
    augment: bool = True
    reword: float = 0.0
    workers: int = 0
    learning_rate: float = 1e-3
    beta2: float = 0.999
    weight_decay: float = 0.05
    warmup_steps: int = 200
    epochs: int | None = None
    max_steps: int | None = None
    max_minutes: float | None = None
    clip_norm: float = 5.0
    label_share: float = 0.0
    label_images: int = 32
    thing_share: float = 0.0
    thing_images: int = 16
    precision: str = "bf16-mixed"
    validate_every: int = 500
    validation_scenes: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        _check_types(self)
        self._check_ranges()
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is '{self.precision}'; known: {', '.join(PRECISIONS)}")
        if self.network not in NETWORKS:
            raise ValueError(f"network is '{self.network}'; known: {', '.join(NETWORKS)}")
        if (self.epochs is None) == (self.max_steps is None):
            raise ValueError(f"epochs is {self.epochs} and max_steps {self.max_steps}; give one of the two")
        for name in ("emphasis", "crowded"):
            if getattr(self, name) and self.epochs is not None:
                raise ValueError(f"{name} goes with max_steps; in epochs every instruction comes once")
        self._check_stages()

    def _check_stages(self) -> None:
        shares = f"label_share is {self.label_share}, thing_share {self.thing_share}"
        things = self.network_config.things
        if self.label_share + self.thing_share > 1:
            raise ValueError(f"{shares}; together they must be at most 1")
        if self.label_share + self.thing_share > 0 and not things:
            raise ValueError(f"{shares}, but network '{self.network}' has no things to learn")
        if self.label_share + self.thing_share > 0 and set(THINGS) <= set(self.settled):
            raise ValueError(f"{shares}, but 'settled' lists all that is learnt in those stages; set both to 0")

    def _check_ranges(self) -> None:
        for name in POSITIVE:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value}; it must be positive")
        for name in ("workers", "warmup_steps", "weight_decay", "seed"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be negative")
        if not all(_fits(weight, float) and weight > 0 for weight in self.emphasis.values()):
            raise ValueError(f"emphasis is {dict(self.emphasis)}; every weight must be a positive number")
        for name in ("label_share", "thing_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, 1]")
        for name in ("beta2", "reword"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, 1)")

    @property
    def network_config(self) -> LGGDConfig:
        """Configuration of the network to train. Raises ValueError for ``changes`` that it refuses."""
        try:
            changed = NETWORKS[self.network]().with_(**self.changes)
            _check_types(changed)
            return changed
        except TypeError as error:
            raise ValueError(f"changes has a value of the wrong kind: {error}") from None

    @classmethod
    def read(cls, path: Path | str, replaced: str = "") -> TrainConfig:
        """From a YAML file, and from YAML whose settings stand in for the file's: ``"max_steps: 100"``. Raises
        ValueError that names file and setting, OSError where the file is missing."""
        values = {**_settings(Path(path).read_bytes(), f"'{path}'"), **_settings(replaced, f"'{replaced}'")}
        try:
            return cls(**values)
        except ValueError as error:
            raise ValueError(f"'{path}': {error}") from None


def _settings(text: str | bytes, source: str) -> dict[str, Any]:
    """Raises ValueError that names the ``source``."""
    try:
        values = yaml.safe_load(text) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{source} is not valid YAML: {' '.join(str(error).split())}") from None
    known = {field.name for field in fields(TrainConfig)}
    if not isinstance(values, dict) or not set(values) <= known:
        unknown = ", ".join(sorted(map(str, values.keys() - known))) if isinstance(values, dict) else "no settings"
        raise ValueError(f"{source} has unknown settings ({unknown}); known: {', '.join(sorted(known))}")
    return values


def _check_types(settings: object) -> None:
    """Raises ValueError for a field whose value is not of its annotated kind."""
    for name, kind in get_type_hints(type(settings)).items():
        value = getattr(settings, name)
        if not _fits(value, kind):
            wanted = kind if isinstance(kind, UnionType) else getattr(kind, "__name__", kind)
            raise ValueError(f"{name} is {value!r}; it must be {wanted}")


def _fits(value: object, kind: Any) -> bool:
    """Whether a value is of an annotated kind; an int is a float, but a bool is no number."""
    if isinstance(kind, UnionType):
        return any(_fits(value, one) for one in get_args(kind))
    if isinstance(value, bool):
        return kind is bool
    kind = get_origin(kind) or kind
    return isinstance(value, (int, float) if kind is float else kind)
