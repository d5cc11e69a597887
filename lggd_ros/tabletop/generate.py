"""Writes a data set of tabletop pictures with instructions and grasps; what there is to choose from: see ``splits``.

On disk: ``manifest.json`` and one folder per sample, ``scene_000123/{color.jpg, depth.png (uint16 mm), instances.png
(0 = table), scene.json}``. Two consecutive samples are two views of one settled scene. A run that was interrupted
continues where it stopped; when all is written, the manifest gets the SHA-256 of the content (``lggd data check``
compares it).

``scene.json`` has ``objects``, each with ``id``, its words, ``extent``, the geometric mean of its sides in metres, and
``grasps`` [x, y, angle, width, height, quality, part], and ``instructions``, each with ``text``, ``type``, ``targets``
and how they are meant: ``candidates``, ids of all that noun and adjectives fit, ``anchors``, ids of what a relation
refers to, ``part``, by which to take it ("" = any), ``relation`` ("left", "between", …, "" = none) and ``rank``
(["left", 1] = second from the left, null = none).
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import mujoco
import numpy as np
from tqdm import tqdm

from lggd_ros.data.files import content_digest
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.tabletop.composition import PlacedObject
from lggd_ros.tabletop.language import Instruction, instructions
from lggd_ros.tabletop.rendering import CAMERA, Frame, Renderer
from lggd_ros.tabletop.scenes import VIEWS, Scene, build_spec, make_scene, referents
from lggd_ros.tabletop.sensor import sense_colour, sense_depth
from lggd_ros.tabletop.splits import SPLITS

FORMAT = 3
INSTRUCTIONS = (12, 16)
MIN_PIXELS = 80
MIN_VISIBLE = 0.4
SHADOW_SHARE = 0.5
JPEG_QUALITY = 95
SAME_KERNELS = "Haswell"
_OWN_STREAM = 3  # beside those of the three setups


def generate(out: str | Path, scenes: int, seed: int = 0, split: str = "train", workers: int = 2) -> None:
    """Write ``scenes`` samples into ``out``, with a progress bar; samples that are complete are kept.

    ``seed`` is that of the first table, the next one has the next: data of seeds closer than their tables are many
    share some.

    Processors with other instructions would sum in another order, and the last digits of a grasp would differ: workers
    compute by OpenBLAS's kernels for ``SAME_KERNELS``, which all of today's have.

    Raises ``ValueError`` when a number is out of range, the split is unknown, or ``out`` holds a different data set or
    more samples.
    """
    if scenes < 1 or workers < 1 or seed < 0:
        raise ValueError(f"scenes={scenes}, workers={workers}, seed={seed}: need scenes, workers >= 1 and seed >= 0")
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    _write_manifest(out, scenes, seed, split)
    todo = [world for world in range(-(-scenes // VIEWS)) if not _complete(out, world, scenes)]
    work = partial(write_world, out, scenes=scenes, seed=seed, split=split)
    os.environ.setdefault("OPENBLAS_CORETYPE", SAME_KERNELS)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool, tqdm(total=scenes, unit="sample") as bar:
        bar.update(scenes - sum(len(_samples(world, scenes)) for world in todo))
        for written in pool.map(work, todo, chunksize=4):
            bar.update(written)
    _seal(out)


def write_world(out: Path, world: int, scenes: int, seed: int, split: str) -> int:
    """Settle one scene and write its views; returns their number."""
    made_of = SPLITS[split]
    rng = np.random.default_rng([made_of.stream, seed + world, _OWN_STREAM])
    setup = rng.choice(list(made_of.setups), p=list(made_of.setups.values()))
    scene = make_scene(setup, seed + world, split)
    model = build_spec(scene).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    renderer = Renderer(model)
    samples = _samples(world, scenes)
    for pose, sample in zip(scene.camera_poses, samples, strict=False):
        frame = renderer.capture(data, pose, shadows=rng.random() < SHADOW_SHARE)
        _write_sample(out / f"scene_{sample:06d}", scene, pose, frame, rng)
    return len(samples)


def describe(scene: Scene, pose: np.ndarray, instances: np.ndarray, rng: np.random.Generator) -> dict:
    """The content of ``scene.json`` for one view; ``instances`` (H, W) holds 1 + the index of the thing, 0 = table."""
    ids = {thing.model.name: index for index, thing in enumerate(scene.objects, start=1)}
    visible = {name: _is_visible(scene.objects[i - 1], i, instances, pose) for name, i in ids.items()}
    grasps = {t.model.name: _seen_grasps(t, ids[t.model.name], instances, pose) for t in scene.objects}
    grips = {name: tuple(sorted({part for _, part in its} - {""})) for name, its in grasps.items()}
    things = [replace(thing, grips=grips[thing.name]) for thing in referents(scene, pose, visible)]
    said = instructions(things, rng, int(rng.integers(INSTRUCTIONS[0], INSTRUCTIONS[1] + 1)), SPLITS[scene.split].style)
    camera = {key: getattr(CAMERA, key) for key in ("fx", "fy", "cx", "cy", "width", "height")}
    return {
        "setup": scene.setup,
        "seed": scene.seed,
        "split": scene.split,
        "camera": camera,
        "camera_pose": pose.round(6).tolist(),
        "objects": [_describe_object(thing, ids, grasps[thing.model.name]) for thing in scene.objects],
        "instructions": [_describe_instruction(instruction, ids) for instruction in said],
    }


def _describe_object(thing: PlacedObject, ids: dict[str, int], grasps: list[tuple[PlanarGrasp, str]]) -> dict:
    model = thing.model
    words = {"name": model.name, "kind": model.kind, "colour": model.colour, "size": model.size_word}
    looks = {"material": model.material, "shape": model.shape, "on": ids.get(thing.on, 0)}
    extent = round(model.extent, 4)
    rows = [[*(round(v, 3) for v in (g.x, g.y, g.angle, g.width, g.height, g.quality)), part] for g, part in grasps]
    return {"id": ids[model.name], **words, **looks, "extent": extent, "grasps": rows}


def _describe_instruction(said: Instruction, ids: dict[str, int]) -> dict:
    things = {key: [ids[name] for name in getattr(said, key)] for key in ("targets", "candidates", "anchors")}
    return {
        "text": said.text,
        "type": said.type,
        **things,
        "part": said.part,
        "relation": said.relation,
        "rank": said.rank,
    }


def _seen_grasps(
    thing: PlacedObject, index: int, instances: np.ndarray, pose: np.ndarray
) -> list[tuple[PlanarGrasp, str]]:
    """Grasps whose centre shows, each with the part that it holds."""
    grasps = [(grasp.in_image(CAMERA, pose), grasp.part) for grasp in thing.grasps]
    return [(grasp, part) for grasp, part in grasps if _shows(instances, grasp.x, grasp.y, index)]


def _shows(instances: np.ndarray, x: float, y: float, index: int) -> bool:
    column, row = round(x), round(y)
    inside = 0 <= row < instances.shape[0] and 0 <= column < instances.shape[1]
    return bool(inside and instances[row, column] == index)


def _is_visible(thing: PlacedObject, index: int, instances: np.ndarray, pose: np.ndarray) -> bool:
    """Whether enough of the thing shows, compared with its outline without neighbours and image borders."""
    pixels = np.count_nonzero(instances == index)
    return bool(pixels >= MIN_PIXELS and pixels >= MIN_VISIBLE * _outline_area(thing, pose))


def _outline_area(thing: PlacedObject, pose: np.ndarray) -> int:
    canvas = np.zeros((3 * CAMERA.height // 4, 3 * CAMERA.width // 4), np.uint8)
    for hull in thing.model.hulls(thing.pose):
        pixels = CAMERA.project((hull - pose[:3, 3]) @ pose[:3, :3]) + (CAMERA.width, CAMERA.height)
        cv2.fillConvexPoly(canvas, cv2.convexHull(np.round(pixels / 4).astype(np.int32)), 1)
    return 16 * int(np.count_nonzero(canvas))


def _write_sample(folder: Path, scene: Scene, pose: np.ndarray, frame: Frame, rng: np.random.Generator) -> None:
    folder.mkdir(exist_ok=True)
    instances = frame.bodies.astype(np.uint8)
    color = cv2.cvtColor(sense_colour(frame.color, rng), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(folder / "color.jpg"), color, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    cv2.imwrite(str(folder / "depth.png"), sense_depth(frame.depth, rng), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    cv2.imwrite(str(folder / "instances.png"), instances, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    description = json.dumps(describe(scene, pose, instances, rng))
    partial_file = folder / "scene.json.part"
    partial_file.write_text(description)
    partial_file.rename(folder / "scene.json")


def _samples(world: int, scenes: int) -> range:
    return range(VIEWS * world, min(VIEWS * (world + 1), scenes))


def _complete(out: Path, world: int, scenes: int) -> bool:
    return all((out / f"scene_{sample:06d}" / "scene.json").exists() for sample in _samples(world, scenes))


def _write_manifest(out: Path, scenes: int, seed: int, split: str) -> None:
    path, wanted = out / "manifest.json", {"format": FORMAT, "seed": seed, "split": split, "views": VIEWS}
    if path.exists():
        found = {key: json.loads(path.read_text()).get(key) for key in wanted}
        if found != wanted:
            raise ValueError(f"{out} holds a data set made with {found}, not {wanted}; choose an empty folder")
        if (there := sum(1 for _ in out.glob("scene_*"))) > scenes:
            raise ValueError(f"{out} holds {there} samples, more than {scenes}; choose an empty folder")
    path.write_text(json.dumps({**wanted, "scenes": scenes}, indent=1))


def _seal(out: Path) -> None:
    """Record what the finished data set holds."""
    path = out / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sha256": content_digest(out)}, indent=1))
