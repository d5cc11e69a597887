"""CLIP's weights for the two encoders: from open_clip's hub, or from a local file whose SHA-256 is known."""

from __future__ import annotations

import pickle
from pathlib import Path

import open_clip
import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.transformer import TextTransformer
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.files import first_misfit, sha256

MODEL = "RN50-quickgelu"


def load_pretrained(config: LGGDConfig, image: ModifiedResNet, text: TextTransformer) -> None:
    """Copy the weights that ``config.pretrained`` names into the two towers.

    They are open_clip's: a state dict of its CLIP model, as safetensors or as a pickle, which is loaded weights-only.
    Raises ValueError where they cannot be found or read, are not those of ``config.pretrained_sha256``, or do not fit.
    """
    assert config.pretrained is not None
    path = _find(config.pretrained, config.pretrained_sha256)
    weights = _read(path)
    weights.pop("logit_scale", None)
    visual = {name.removeprefix("visual."): value for name, value in weights.items() if name.startswith("visual.")}
    try:
        image.load_state_dict(visual)
        text.load_state_dict({name: value for name, value in weights.items() if not name.startswith("visual.")})
    except RuntimeError as error:
        raise ValueError(
            f"the CLIP weights '{path}' do not fit this network, which for the preset rn50 takes open_clip's {MODEL}: "
            f"{first_misfit(error)}"
        ) from None


def _find(pretrained: str, expected: str | None) -> Path:
    """The file behind a tag of open_clip, downloaded where it has to be, or a local one, which needs a hash."""
    tags = open_clip.list_pretrained_tags_by_model(MODEL)
    path = _download(pretrained) if pretrained in tags else Path(pretrained)
    if not path.is_file():
        raise ValueError(
            f"pretrained is '{pretrained}', which is neither a file nor a tag of open_clip ({', '.join(tags)})"
        )
    if pretrained in tags and expected is None:
        return path
    found = sha256(path)
    if expected is None or found != expected.lower():
        raise ValueError(
            f"the CLIP weights '{path}' have the SHA-256 {found}, but pretrained_sha256 is {expected}; give the one "
            "that their source publishes, and copy the file again if it differs"
        )
    return path


def _download(tag: str) -> Path:
    try:
        return Path(open_clip.download_pretrained(open_clip.get_pretrained_cfg(MODEL, tag)))
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"the CLIP weights '{tag}' cannot be downloaded ({error}); copy open_clip's file here and name it as "
            "pretrained, with pretrained_sha256"
        ) from None


def _read(path: Path) -> dict[str, Tensor]:
    """Weights by name; a training checkpoint of open_clip's keeps them under ``state_dict``."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
        return {name.removeprefix("module."): value for name, value in content.get("state_dict", content).items()}
    except (SafetensorError, pickle.UnpicklingError, OSError, EOFError, RuntimeError, AttributeError) as error:
        raise ValueError(
            f"the CLIP weights '{path}' cannot be read as a plain state dict ({type(error).__name__}): the file is cut "
            "off, is something else, or holds code, as OpenAI's own does; use open_clip's safetensors"
        ) from None
