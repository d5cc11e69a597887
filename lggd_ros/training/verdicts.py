"""A network's answers to the instructions of a scene, judged one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.decision import STATUS, UNTUNED, Decision, meant_region
from lggd_ros.grasps.legacy import legacy_correct
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.maps import GraspMaps, decode
from lggd_ros.grasps.metrics import first_correct, mask_iou
from lggd_ros.network import LGGD, LGGDConfig, Output

ALL = 100  # grasps, more than a map holds in practice


@dataclass(frozen=True)
class Verdict:
    """One instruction judged.

    ``match`` and what is decided, ``predicted``, index ``scene.MATCHES``. ``iou`` of the masks. ``rank`` of the first
    correct grasp, 0 = the best one, infinite = none; ``legacy_rank`` the same by CROG's metric, None = not asked for.
    ``thing``: the class of the one thing meant; ``graspable``: the data know a grasp of it, by the part if one is
    named; without, none can be correct. ``presence``: probability that something matches. ``target``: the one thing
    meant, and ``landed``: the thing that the best grasp lies on, as instance ids; 0 = none. ``table``: what was shown.
    """

    type: str
    match: int
    predicted: int
    iou: float
    rank: float = math.inf
    legacy_rank: float | None = None
    thing: str | None = None
    graspable: bool = True
    presence: float = math.nan
    target: int = 0
    landed: int = 0
    table: str = ""


def judge(
    network: LGGD, scene: Scene, frame: tuple[int, int] | None = None, decision: Decision = UNTUNED
) -> list[Verdict]:
    """Verdicts on all instructions of a scene, in their order; masks and grasps at map resolution.

    Status and grasps are those of a detector, except that it gives no grasps where it decides against the thing. Masks
    are the network's from a half on, as in the paper; a detector gives what is around the best grasp from a quarter on.
    ``frame``: (H, W) of the data set's images; CROG's metric, which counts their pixels, is added where it is given.
    """
    if not scene.instructions:
        return []
    output = answer(network, scene, [instruction.text for instruction in scene.instructions])
    maps, matches = output.maps.float().cpu().numpy(), output.match.float().softmax(-1).cpu().numpy()
    answers = zip(scene.instructions, maps, matches, strict=True)
    return [
        _verdict(scene, instruction, m, decision.calibrated(match), decision, network.config, frame)
        for instruction, m, match in answers
    ]


@torch.inference_mode()
def answer(network: LGGD, scene: Scene, texts: Sequence[str]) -> Output:
    """The network's output for several instructions (P) about one scene."""
    tokens = network.tokenize(list(texts))
    image = torch.from_numpy(scene.image).to(tokens.device).permute(2, 0, 1)[None].float() / 255
    view = network.encode_image(image).select(torch.zeros(len(texts), dtype=torch.long, device=tokens.device))
    return network.answer(view, network.encode_text(tokens))


def _verdict(
    scene: Scene,
    instruction: Instruction,
    maps: np.ndarray,
    match: np.ndarray,
    decision: Decision,
    config: LGGDConfig,
    frame: tuple[int, int] | None,
) -> Verdict:
    inside = meant_region(maps[0], maps[5])
    predicted = STATUS.index(decision.status(match, maps[0], inside))
    iou = mask_iou(maps[0] > 0.5, scene.mask(instruction))
    presence, table = float(1 - match[0]), scene.table or scene.name
    plain = Verdict(instruction.type, instruction.match, predicted, iou, presence=presence, table=table)
    if instruction.match != 1:
        return plain
    target = instruction.targets[0]
    truths = scene.grasps_for(instruction)
    found = decode(GraspMaps.of(maps), inside, ALL, config.opening_scale)
    rank, legacy_rank = first_correct(found, truths), None
    if frame is not None:
        box, stride = Letterbox(frame, config.input_size), config.map_stride
        seen, true = ([box.grasp_to_image(grasp, stride) for grasp in grasps] for grasps in (found, truths))
        legacy_rank = first_correct(seen, true, legacy_correct)
    landed = int(scene.instances[round(found[0].y), round(found[0].x)]) if found else 0
    judged = {"rank": rank, "legacy_rank": legacy_rank, "graspable": len(truths) > 0}
    return replace(plain, **judged, thing=_class(scene, target), target=target, landed=landed)  # type: ignore[arg-type]


def _class(scene: Scene, instance: int) -> str | None:
    """The first label says what kind of thing an instance is."""
    labels = scene.labels.get(instance, ())
    return labels[0].removeprefix("the ") if labels else None
