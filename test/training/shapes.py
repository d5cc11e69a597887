"""A tiny data set in the on-disk format of ``lggd generate``: flat coloured shapes on grey."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 50), "blue": (40, 60, 210), "yellow": (220, 200, 30)}
KINDS = ("disc", "bar")
SIZE = (480, 640)

TINY = {
    "image_size": [64, 96],
    "image_width": 16,
    "image_layers": [1, 1, 1, 1],
    "embed_dim": 64,
    "text_width": 32,
    "text_heads": 2,
    "text_layers": 1,
    "fusion_width": 64,
    "fusion_heads": 4,
    "fusion_hidden": 64,
    "fusion_depth": 1,
    "skip_widths": [16, 16, 16],
    "decoder_widths": [32, 32, 16],
    "head_width": 8,
    "refine_widths": [16, 16, 16, 16],
}  # changes of the tabletop network
SETTINGS = {
    "changes": TINY,
    "images": 2,
    "instructions": 5,
    "warmup_steps": 20,
    "precision": "32-true",
    "learning_rate": 3e-3,
    "validate_every": 1000,
}


def write_settings(folder: Path, **changes: object) -> Path:
    """A configuration file for the tiny network; JSON is YAML."""
    file = folder / "train.yaml"
    file.write_text(json.dumps({**SETTINGS, **changes}))
    return file


def write_shapes(root: Path, count: int, seed: int = 0, things: int = 3, size: float = 1.0) -> Path:
    """Write ``count`` scenes of ``things`` shapes that differ in colour or kind; returns the folder.

    ``size``: of the shapes, up to 2 so that they stay apart.
    """
    for number in range(count):
        write_scene(root / f"scene_{number:06d}", np.random.default_rng([seed, number]), things, size)
    return root


def write_scene(folder: Path, rng: np.random.Generator, things: int, size: float) -> None:
    looks = rng.permutation([(colour, kind) for colour in COLOURS for kind in KINDS])
    cells = rng.permutation(8)[:things]
    color, ids, depth = np.full((*SIZE, 3), 128, np.uint8), np.zeros(SIZE, np.uint8), np.full(SIZE, 800, np.uint16)
    objects = []
    for number, (colour, kind) in enumerate(looks[:things]):
        objects.append(_draw_thing(color, ids, number + 1, colour, kind, _centre(cells[number], rng), size, rng))
    absent = looks[things]
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "color.jpg"), color[..., ::-1])
    depth[ids > 0] = 760
    cv2.imwrite(str(folder / "depth.png"), depth)
    cv2.imwrite(str(folder / "instances.png"), ids)
    content = {"seed": folder.name, "objects": objects, "instructions": _instructions(objects, absent)}
    (folder / "scene.json").write_text(json.dumps(content))


def _centre(cell: int, rng: np.random.Generator) -> tuple[float, float]:
    return 80 + 160 * (cell % 4) + rng.uniform(-20, 20), 120 + 240 * (cell // 4) + rng.uniform(-50, 50)


def _draw_thing(color, ids, number, colour, kind, centre, size, rng) -> dict:
    angle = rng.uniform(-np.pi / 2, np.pi / 2)
    half_sizes = [round(size * half) for half in ((32, 32) if kind == "disc" else (18, 50))]
    for image, value in ((color, COLOURS[colour]), (ids, int(number))):
        if kind == "disc":
            cv2.circle(image, (round(centre[0]), round(centre[1])), half_sizes[0], value, -1)
        else:
            box = cv2.boxPoints((centre, (2 * half_sizes[0], 2 * half_sizes[1]), np.rad2deg(angle)))
            cv2.fillPoly(image, [box.round().astype(np.int32)], value)
    angles = [angle] if kind == "bar" else [0.0]
    grasps = [[*centre, a, 2 * half_sizes[0] + 20, 30.0, 1.0, ""] for a in angles]
    looks = {"colour": str(colour), "material": "", "shape": "", "size": ""}
    name, extent = f"{colour} {kind}", float(np.prod(half_sizes) ** 0.5 / 1000)
    return {"id": int(number), "name": name, "kind": str(kind), **looks, "on": 0, "extent": extent, "grasps": grasps}


def _instructions(objects: list[dict], absent: tuple[str, str]) -> list[dict]:
    told = [_say(f"pick up the {o['name']}", [o], "attribute", [o]) for o in objects]
    told.append(_say(f"pick up the {absent[0]} {absent[1]}", [], "absent", []))
    for kind in KINDS:
        same = sorted((o for o in objects if o["kind"] == kind), key=lambda o: o["grasps"][0][0])
        if len(same) > 1:
            told.append(_say(f"the {kind}", same, "ambiguous", same))
            told.append(_say(f"grab the leftmost {kind}", same[:1], "superlative", same, ["left", 0]))
            told.append(_say(f"grab the rightmost {kind}", same[-1:], "superlative", same, ["right", 0]))
    return told


def _say(text: str, targets: list[dict], kind: str, candidates: list[dict], rank: list | None = None) -> dict:
    ids = {"targets": [o["id"] for o in targets], "candidates": [o["id"] for o in candidates], "anchors": []}
    return {"text": text, "type": kind, **ids, "part": "", "relation": "", "rank": rank}
