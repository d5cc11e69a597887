"""``lggd export``: a checkpoint as ONNX, for machines that run it without torch.

- ``text.onnx``, once per instruction: tokens (B, L) -> words (B, L, D), padding (B, L), sentence (B, E)
- ``grasp.onnx``, once per image: image (B, C, H, W) and those three, pairwise -> maps (B, 6, h, w), match (B, 3)
- ``lggd.json``: how pictures and sentences become those inputs, and what the outputs mean

B is free; L is the configuration's context length.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime import InferenceSession
from torch import Tensor, nn

from lggd_ros.data.scene import MATCHES
from lggd_ros.detector import checkpoint_path
from lggd_ros.grasps.letterbox import PAD_VALUE
from lggd_ros.grasps.relief import TABLE, UNKNOWN
from lggd_ros.network import LGGD, clip, load_checkpoint
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.files import sha256
from lggd_ros.network.heads import ANSWERED

OPSET = 18  # the first with Col2Im, which the dynamic head needs
TOLERANCE = 1e-3
TEXT_FILE, GRASP_FILE, ABOUT_FILE = "text.onnx", "grasp.onnx", "lggd.json"
RELIEF = f"millimetres by which a ray ends before the table, plus {TABLE}, over 255; {UNKNOWN} where depth is missing"
EXAMPLES = ("the red mug", "pick up the small bowl left of the banana", "give me the leftmost can")


class Text(nn.Module):
    """Tokens -> the features of ``Sentences``."""

    inputs = ("tokens",)
    outputs = Sentences._fields

    def __init__(self, network: LGGD) -> None:
        super().__init__()
        self.network = network

    def forward(self, tokens: Tensor) -> tuple[Tensor, ...]:
        """Tokens (B, L) int64 -> words, padding, sentence."""
        return tuple(self.network.encode_text(tokens))


class Grasp(nn.Module):
    """Image and text features -> maps in their own ranges and match probabilities."""

    inputs = ("image", *Sentences._fields)
    outputs = ("maps", "match")

    def __init__(self, network: LGGD) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, words: Tensor, padding: Tensor, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """Image (B, C, H, W) in [0, 1] and text features, pairwise -> maps, match."""
        output = self.network.answer(self.network.encode_image(image), Sentences(words, padding, sentence))
        return output.maps, output.match.softmax(-1)


def export(checkpoint: str | Path, out: Path) -> float:
    """Write the three files to the folder ``out``; ``checkpoint`` is a file or a name in models/.

    Returns how far onnxruntime's answers lie from torch's at most. Raises CheckpointError where the checkpoint cannot
    be used, OSError where the folder cannot be written, ValueError where they lie further apart than ``TOLERANCE``.
    """
    path = checkpoint_path(checkpoint)
    loaded = load_checkpoint(path)
    out.mkdir(parents=True, exist_ok=True)
    text, grasp = Text(loaded.network).eval(), Grasp(loaded.network).eval()
    with torch.inference_mode():
        tokens, image = example(loaded.network, 2)
        _write(text, (tokens,), out / TEXT_FILE)
        _write(grasp, (image, *text(tokens)), out / GRASP_FILE)
    content = describe(loaded.network) | {"checkpoint": {"sha256": sha256(path), "about": loaded.about}}
    (out / ABOUT_FILE).write_text(json.dumps(content, indent=2) + "\n")
    apart = float(np.max([difference(loaded.network, out, batch) for batch in (1, 3)]))
    if not apart <= TOLERANCE:
        raise ValueError(
            f"onnxruntime's answers from '{out}' differ from torch's by {apart:.1e}, more than {TOLERANCE:g}; do not "
            "use these files, nor the checkpoint if that is not a number"
        )
    return apart


def example(network: LGGD, batch: int) -> tuple[Tensor, Tensor]:
    """Tokens and noise images for ``batch`` pairs."""
    image = torch.rand(
        batch, network.config.channels, *network.config.input_size, generator=torch.Generator().manual_seed(batch)
    )
    return network.tokenize([EXAMPLES[i % len(EXAMPLES)] for i in range(batch)]), image


def difference(network: LGGD, folder: Path, batch: int) -> float:
    """Largest difference between onnxruntime's and torch's answers to ``batch`` pairs; NaN if either has one."""
    tokens, image = example(network, batch)
    with torch.inference_mode():
        output = network(image, tokens)
        expected = (output.maps.numpy(), output.match.softmax(-1).numpy())
    answers = answer(folder, tokens.numpy(), image.numpy())
    return float(np.max([np.abs(a - e).max() for a, e in zip(answers, expected, strict=True)]))


def answer(folder: Path, tokens: np.ndarray, image: np.ndarray) -> list[np.ndarray]:
    """Maps and match from the exported files, on the CPU."""
    text, grasp = (
        InferenceSession(folder / name, providers=["CPUExecutionProvider"]) for name in (TEXT_FILE, GRASP_FILE)
    )
    features = dict(zip(Text.outputs, text.run(Text.outputs, {"tokens": tokens}), strict=True))
    return grasp.run(Grasp.outputs, {"image": image, **features})


def describe(network: LGGD) -> dict[str, Any]:
    """What a program must know to feed the exported files and read their answers."""
    config = network.config
    return {
        "format": "lggd-onnx-1",
        "opset": OPSET,
        "config": asdict(config),
        "image": {
            "layout": "NCHW float32 in [0, 1]; mean and standard deviation are applied inside",
            "channels": ["red", "green", "blue", "relief"][: config.channels],
            **({"relief": RELIEF} if config.relief else {}),
            "size": config.input_size,
            "fit": "keep the aspect ratio, area interpolation, centred",
            "border": [PAD_VALUE] * 3 + [UNKNOWN] * config.relief,
        },
        "tokens": {
            "tokenizer": "CLIP's byte pairs, lower case: start, words, end, zeros; longer ones are cut, their end kept",
            "spelling": "first mended by lggd_ros.network.spelling.mend(text, config.vocabulary), or left as typed",
            "length": config.context_length,
            "example": {EXAMPLES[0]: clip.tokenize([EXAMPLES[0]], config.context_length)[0].tolist()},
        },
        "maps": {
            "names": ANSWERED,
            "size": config.map_size,
            "ranges": "mask, quality, width and thing in [0, 1], sin2 and cos2 in [-1, 1]",
            "thing": "share of a pixel that is the thing likeliest meant, as the finder sees it; parts of one thing",
            "angle": "atan2(sin2, cos2) / 2, from image +x towards +y, the direction in which the fingers close",
            "opening": f"width times {config.opening_scale:g} map pixels",
        },
        "match": {"names": MATCHES, "meaning": "probability that so many things in view match the sentence"},
    }


def _write(part: Text | Grasp, arguments: tuple[Tensor, ...], path: Path) -> None:
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():  # about torch's own deprecations, and that all inputs share one batch axis
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part,
            arguments,
            path,
            input_names=part.inputs,
            output_names=part.outputs,
            opset_version=OPSET,
            dynamic_shapes=tuple({0: batch} for _ in arguments),
            external_data=False,
            verbose=False,
        )
