"""Reader of the synthetic tabletop data that ``lggd generate`` writes.

ROOT/manifest.json
ROOT/scene_000123/color.jpg, depth.png, instances.png, scene.json
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lggd_ros.data.files import DataError, read_depth, read_image, read_json
from lggd_ros.data.scene import KIND, Instruction, Scene, Scenes, paint_instances, paint_parts
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.picture import picture
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network.config import LGGDConfig
from lggd_ros.tabletop.language.vocabulary import TRAINED_WORDS

MIN_VISIBLE = 6  # map pixels; a thing that shows less is left out of the instructions


class TabletopScenes(Scenes):
    """All finished scenes of a folder that have instructions, decoded once and kept in memory (about 0.9 MB each)."""

    def __init__(self, root: Path | str, config: LGGDConfig) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise DataError(f"'{self.root}' is no folder; make data with 'lggd generate --out {self.root} --scenes N'")
        files = sorted(self.root.glob("scene_*/scene.json"))
        named = tqdm(files, desc=f"reading {self.root.name}", disable=len(files) < 100, mininterval=2)
        scenes = (read_scene(file.parent, config) for file in named)
        self._scenes = {scene.name: scene for scene in with_held([scene for scene in scenes if scene.instructions])}
        self.names = list(self._scenes)
        self.things = [len(scene.labels) for scene in self._scenes.values()]
        self.vocabulary = tuple(sorted(TRAINED_WORDS & _heard(self._scenes.values())))
        if not self.names:
            raise DataError(f"'{self.root}' holds no finished scene with instructions; run 'lggd generate' first")

    @property
    def samples(self) -> list[int]:
        """The instructions about each scene."""
        return [len(scene.instructions) for scene in self._scenes.values()]

    def read(self, name: str) -> Scene:
        """From memory."""
        return self._scenes[name]


def read_scene(folder: Path, config: LGGDConfig) -> Scene:
    """One scene folder at the sizes of ``config``. Raises DataError naming the file that is missing or corrupt."""
    content = read_json(folder / "scene.json")
    color = read_image(folder / "color.jpg", cv2.IMREAD_COLOR_RGB)
    depth = read_depth(folder / "depth.png", color.shape[:2]) if config.relief else None
    ids = read_image(folder / "instances.png", cv2.IMREAD_UNCHANGED)
    image_box = Letterbox(color.shape[:2], config.input_size)
    instances = Letterbox(ids.shape[:2], config.map_size).apply(ids, cv2.INTER_NEAREST_EXACT, pad=0)
    stride = config.map_stride
    try:
        grasps, parts = {}, {}
        for thing in content["objects"]:
            rows = [PlanarGrasp(*row[:6]) for row in thing["grasps"]]
            grasps[thing["id"]] = [image_box.grasp_to_map(grasp, stride) for grasp in rows]
            parts[thing["id"]] = [row[6] for row in thing["grasps"]]
        labels = {thing["id"]: _labels(thing) for thing in content["objects"]}
        extents = {thing["id"]: float(thing["extent"]) for thing in content["objects"]}
        laid = [thing["id"] for thing in content["objects"] if thing["on"]]
        instructions = [_instruction(row) for row in content["instructions"]]
        part_map = paint_parts(instances, grasps, parts)
        table = str(content["seed"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(
            f"'{folder / 'scene.json'}' lacks a field or has a wrong one ({error!r}); data of an older version must be "
            "made again with 'lggd generate'"
        ) from None
    visible = np.flatnonzero(np.bincount(instances.ravel()) >= MIN_VISIBLE)
    return Scene(
        name=folder.name,
        image=picture(color, depth, image_box, config.channels),
        instances=instances,
        maps=paint_instances(instances, grasps, config.opening_scale),
        grasps=grasps,
        labels=labels,
        extents=extents,
        laid=laid,
        instructions=[i for i in instructions if np.isin(i.targets, visible).all()],
        parts=parts,
        part_map=part_map,
        table=table,
    )


def _heard(scenes: Iterable[Scene]) -> set[str]:
    return {word for scene in scenes for instruction in scene.instructions for word in instruction.text.lower().split()}


def with_held(scenes: list[Scene]) -> list[Scene]:
    """The scenes, told by which parts things of a kind are held in any of them."""
    parts: dict[str, set[str]] = defaultdict(set)
    for scene in scenes:
        for instance, its in scene.parts.items():
            parts[scene.labels[instance][KIND]].update(its)
    held = {kind: tuple(sorted(its - {""})) for kind, its in parts.items()}
    return [replace(scene, held={k: held[its[KIND]] for k, its in scene.labels.items()}) for scene in scenes]


def _labels(thing: dict) -> tuple[str, ...]:
    looks = (thing[look] for look in ("colour", "material", "shape", "size"))
    return f"the {thing['kind'].replace('_', ' ')}", *(f"the {look} thing" if look else "" for look in looks)


def _instruction(row: dict) -> Instruction:
    targets, candidates, anchors = (tuple(row[key]) for key in ("targets", "candidates", "anchors"))
    if row["part"]:
        candidates = targets  # which have it
    order, place = row["rank"] or ("", 0)
    sense = f"{order} {place}" if order else row["relation"]
    return Instruction(row["text"], targets, row["type"], candidates, anchors, row["part"], sense)
