"""Checkpoints: safetensors whose header tells how the network is built, what it was trained on and how good it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lggd_ros.network import clip
from lggd_ros.network.config import LGGDConfig, with_tuples
from lggd_ros.network.files import first_misfit
from lggd_ros.network.lggd import LGGD

FORMAT = "lggd-1"


class CheckpointError(ValueError):
    """A checkpoint that is missing, corrupt or of another kind; the message says what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A network in evaluation mode, and what its header says: data, metrics, licence, …"""

    network: LGGD
    about: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(path: Path | str, network: LGGD, about: dict[str, Any], half: bool = True) -> None:
    """Write weights (as float16 where ``half``) and a JSON header: configuration, preprocessing and ``about``.

    Written beside the target first and then moved, so that a reader never sees half a file.
    """
    path = Path(path)
    header = {
        "format": FORMAT,
        "config": asdict(network.config),
        "preprocessing": _preprocessing(network),
        "about": about,
    }
    weights = {name: _stored(value, half) for name, value in network.state_dict().items()}
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, part, metadata={"lggd": json.dumps(header)})
    part.replace(path)


def load_checkpoint(path: Path | str) -> Checkpoint:
    """Read a checkpoint on the CPU. Raises CheckpointError with one sentence where the file cannot be used."""
    path = Path(path)
    weights, metadata = _read(path)
    header = _header(path, metadata)
    return Checkpoint(_rebuild(path, _config(path, header["config"]), weights), header.get("about", {}))


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Weights by name, and the file's metadata."""
    if not path.is_file():
        raise CheckpointError(f"checkpoint '{path}' does not exist")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"checkpoint '{path}' is no readable safetensors file ({error}); copy it again") from None


def take_over(network: LGGD, path: Path | str, modules: Sequence[str] = ()) -> None:
    """Start from the weights of another checkpoint where name and shape agree.

    For training on from a network that has changed since. With ``modules``, of those modules of ``LGGD`` only. Raises
    CheckpointError where the file cannot be read or most of what is wanted does not fit, ValueError for a module that
    ``network`` does not have.
    """
    known = dict(network.named_children())
    if unknown := [module for module in modules if module not in known]:
        raise ValueError(f"a network has no module '{unknown[0]}'; it has {', '.join(known)}")
    own, weights = network.state_dict(), _read(Path(path))[0]
    wanted = [name for name in weights if not modules or name.split(".")[0] in modules]
    fitting = {name: weights[name] for name in wanted if name in own and own[name].shape == weights[name].shape}
    if 2 * len(fitting) < len(wanted):
        counted = f"{len(fitting)} of {len(wanted)} tensors"
        raise CheckpointError(f"checkpoint '{path}' is of another network: {counted} fit; start from one of this kind")
    network.load_state_dict(fitting, strict=False)


def _stored(value: torch.Tensor, half: bool) -> torch.Tensor:
    value = value.detach().cpu().contiguous()
    return value.half() if half and value.is_floating_point() else value


def _preprocessing(network: LGGD) -> dict[str, Any]:
    return {
        "size": list(network.config.input_size),
        "channels": network.config.channels,
        "fit": "letterbox",
        "interpolation": "area",
        "range": [0, 1],
        "mean": clip.MEAN,
        "std": clip.STD,
    }


def _header(path: Path, metadata: dict[str, str]) -> dict[str, Any]:
    try:
        header = json.loads(metadata["lggd"])
        known = header["format"] == FORMAT and "config" in header
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise CheckpointError(f"'{path}' is no LGGD checkpoint of format {FORMAT}; train one with 'lggd train'")
    return header


def _config(path: Path, values: dict[str, Any]) -> LGGDConfig:
    """Configuration from JSON; pretrained weights are in the checkpoint already."""
    try:
        return LGGDConfig(**with_tuples(values) | {"pretrained": None, "pretrained_sha256": None})
    except (AttributeError, TypeError, ValueError) as error:
        expected = ", ".join(f.name for f in fields(LGGDConfig))
        raise CheckpointError(
            f"checkpoint '{path}' has an unknown configuration ({error}); expected {expected}"
        ) from None


def _rebuild(path: Path, config: LGGDConfig, weights: dict[str, torch.Tensor]) -> LGGD:
    try:
        network = LGGD(config)
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"the weights of checkpoint '{path}' do not fit its configuration: {first_misfit(error)}"
        ) from None
    return network.eval()
