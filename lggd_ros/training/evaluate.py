"""How good a network is on a data set: J@N, IoU and Pr@X (LGGD, section IV-A), and whether it knows when to say no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from lggd_ros.data.scene import MATCHES, Instruction, Scene
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.detector import checkpoint_path, choose_device
from lggd_ros.grasps.maps import GraspMaps, decode
from lggd_ros.grasps.metrics import j_at_n, mask_iou
from lggd_ros.network import LGGD, Output, load_checkpoint

PRECISIONS = (50, 60, 70, 80, 90)
TOP_K = 5


@dataclass(frozen=True)
class Verdict:
    """One instruction judged: ``match`` and ``predicted`` index ``MATCHES``, ``correct`` is J@1 and J@5."""

    type: str
    match: int
    predicted: int
    iou: float
    correct: tuple[bool, bool]


def evaluate(checkpoint: Path | str, data: Path | str, device: str = "auto") -> dict:
    """Figures of a checkpoint (file, or name in models/) on the folder of one split; masks at map resolution.

    Raises CheckpointError or DataError where either cannot be read.
    """
    network = load_checkpoint(checkpoint_path(checkpoint)).network.to(choose_device(device))
    scenes = TabletopScenes(data, network.config)
    verdicts = [v for scene in tqdm(scenes, desc="evaluating") for v in judge(network, scene)]
    return {"data": str(data), "checkpoint": str(checkpoint), **figures(verdicts)}


def judge(network: LGGD, scene: Scene) -> list[Verdict]:
    """Verdicts on all instructions of a scene, in their order."""
    if not scene.instructions:
        return []
    output = answer(network, scene, [instruction.text for instruction in scene.instructions])
    maps, predicted = output.maps.float().cpu().numpy(), output.match.argmax(-1).tolist()
    scale = network.config.opening_scale
    return [_verdict(scene, i, m, p, scale) for i, m, p in zip(scene.instructions, maps, predicted, strict=True)]


@torch.inference_mode()
def answer(network: LGGD, scene: Scene, texts: Sequence[str]) -> Output:
    """The network's output for several instructions (P) about one scene."""
    tokens = network.tokenize(list(texts))
    image = torch.from_numpy(scene.image).to(tokens.device).permute(2, 0, 1)[None].float() / 255
    view = network.encode_image(image).select(torch.zeros(len(texts), dtype=torch.long, device=tokens.device))
    return network.answer(view, network.encode_text(tokens))


def _verdict(scene: Scene, instruction: Instruction, maps: np.ndarray, predicted: int, opening_scale: float) -> Verdict:
    mask = maps[0] > 0.5
    correct = (False, False)
    if instruction.match == 1:
        truths = scene.grasps[instruction.targets[0]]
        found = decode(GraspMaps(*maps[1:]), mask, TOP_K, opening_scale)
        correct = j_at_n(found, truths, 1), j_at_n(found, truths, TOP_K)
    return Verdict(instruction.type, instruction.match, predicted, mask_iou(mask, scene.mask(instruction)), correct)


def figures(verdicts: Sequence[Verdict]) -> dict:
    """All figures in one dictionary of shares in [0, 1], with a breakdown by type of instruction."""
    by_type = defaultdict(list)
    for verdict in verdicts:
        by_type[verdict.type].append(verdict)
    return {**_summary(verdicts), "by_type": {name: _summary(some) for name, some in sorted(by_type.items())}}


def _summary(verdicts: Sequence[Verdict]) -> dict:
    single = [v for v in verdicts if v.match == 1]
    ious = np.array([v.iou for v in verdicts if v.match > 0])
    return {
        "instructions": len(verdicts),
        "J@1": _mean(v.correct[0] for v in single),
        "J@5": _mean(v.correct[1] for v in single),
        "IoU": _mean(ious),
        **{f"Pr@{x}": _mean(ious > x / 100) for x in PRECISIONS},
        "match_accuracy": _mean(v.predicted == v.match for v in verdicts),
        "absent_called_found": _mean(v.predicted == MATCHES.index("one") for v in verdicts if v.match == 0),
    }


def _mean(values: Iterable) -> float | None:
    """Mean rounded to four digits; None where nothing was to be judged."""
    numbers = [float(v) for v in values]
    return round(float(np.mean(numbers)), 4) if numbers else None
