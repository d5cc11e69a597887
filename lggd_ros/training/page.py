"""A page of pictures about an evaluation: the best answers, the worst, and some by chance, beside the truth."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from lggd_ros.data.scene import Scene
from lggd_ros.decision import Decision
from lggd_ros.network import LGGD
from lggd_ros.training.pictures import draw_answer, draw_truth
from lggd_ros.training.verdicts import Verdict

SHOWN = 8  # of each kind
STYLE = "body{font:15px sans-serif;margin:2em}figure{display:inline-block;margin:.5em}img{max-width:100%}"

Place = tuple[int, int]  # of a scene, and of an instruction in it


def write_page(
    path: Path,
    title: str,
    network: LGGD,
    scenes: Sequence[Scene],
    verdicts: Sequence[Sequence[Verdict]],
    decision: Decision,
) -> None:
    """Write one self-contained HTML file. ``verdicts``: as ``judge`` gives them, one list per scene."""
    body = [f"<h1>{html.escape(title)}</h1><p>Left the answer, right the truth.</p>"]
    for name, places in choose(verdicts).items():
        body.append(f"<h2>{name}</h2>")
        body += [_figure(network, scenes[scene], number, verdicts[scene][number], decision) for scene, number in places]
    path.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>\n" + "\n".join(body) + "\n")


def choose(verdicts: Sequence[Sequence[Verdict]]) -> dict[str, list[Place]]:
    """Which ones to show: best and worst by J@1, match and IoU, of single things, one per scene; random ones of all."""
    places = [(scene, number) for scene, its in enumerate(verdicts) for number in range(len(its))]
    single = [(scene, number) for scene, number in places if verdicts[scene][number].match == 1]
    ranked = sorted(single, key=lambda place: _merit(verdicts[place[0]][place[1]]))
    random = np.random.default_rng(0).permutation(len(places))[:SHOWN]
    return {
        "Best": _one_per_scene(reversed(ranked)),
        "Worst": _one_per_scene(ranked),
        "Random": [places[k] for k in random],
    }


def _merit(verdict: Verdict) -> tuple[bool, bool, float]:
    return verdict.rank < 1, verdict.predicted == verdict.match, verdict.iou


def _one_per_scene(places: Iterable[Place]) -> list[Place]:
    first: dict[int, Place] = {}
    for place in places:
        first.setdefault(place[0], place)
    return list(first.values())[:SHOWN]


def _figure(network: LGGD, scene: Scene, number: int, verdict: Verdict, decision: Decision) -> str:
    instruction = scene.instructions[number]
    picture = np.hstack([draw_answer(network, scene, instruction, decision), draw_truth(scene, instruction)])
    words = f"“{instruction.text}” ({instruction.type}, {scene.name}): IoU {verdict.iou:.2f}"
    if verdict.match == 1:
        words += ", best grasp right" if verdict.rank < 1 else ", best grasp wrong"
    caption = html.escape(words)
    return f'<figure><img alt="{caption}" src="{_data_uri(picture)}"><figcaption>{caption}</figcaption></figure>'


def _data_uri(picture: np.ndarray) -> str:
    """RGB -> JPEG inside the page."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
