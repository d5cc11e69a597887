"""Reader of the synthetic tabletop data that ``lggd generate`` writes.

ROOT/manifest.json
ROOT/scene_000123/color.jpg, depth.png, instances.png, scene.json
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lggd_ros.data.files import DataError, read_image, read_json
from lggd_ros.data.scene import Instruction, Scene, paint_instances, paint_parts
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network.config import LGGDConfig

MIN_VISIBLE = 6  # map pixels; a thing that shows less is left out of the instructions


class TabletopScenes(Sequence[Scene]):
    """All finished scenes of a folder that have instructions, decoded once and kept in memory (about 0.3 MB each)."""

    def __init__(self, root: Path | str, config: LGGDConfig) -> None:
        self.root, self._config = Path(root), config
        self._scenes: dict[str, Scene] = {}
        if not self.root.is_dir():
            raise DataError(f"'{self.root}' is no folder; make data with 'lggd generate --out {self.root} --scenes N'")
        self.rescan()
        if not self._scenes:
            raise DataError(f"'{self.root}' holds no finished scene (scene_*/scene.json); run 'lggd generate' first")

    def rescan(self) -> None:
        """Read the scenes that have been finished since, so that training can start while data is being made."""
        files = sorted(self.root.glob("scene_*/scene.json"))
        new = [file for file in files if file.parent.name not in self._scenes]
        for file in tqdm(new, desc=f"reading {self.root.name}", disable=len(new) < 100, mininterval=2):
            self._scenes[file.parent.name] = read_scene(file.parent, self._config)
        self._order = sorted(name for name, scene in self._scenes.items() if scene.instructions)

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        """Scene by position, in the order of names."""
        if isinstance(index, slice):
            return [self._scenes[name] for name in self._order[index]]
        return self._scenes[self._order[index]]

    def __iter__(self) -> Iterator[Scene]:
        return (self._scenes[name] for name in self._order)


def read_scene(folder: Path, config: LGGDConfig) -> Scene:
    """One scene folder at the sizes of ``config``. Raises DataError naming the file that is missing or corrupt."""
    content = read_json(folder / "scene.json")
    color = read_image(folder / "color.jpg", cv2.IMREAD_COLOR_RGB)
    ids = read_image(folder / "instances.png", cv2.IMREAD_UNCHANGED)
    image_box = Letterbox(color.shape[:2], config.image_size)
    instances = Letterbox(ids.shape[:2], config.map_size).apply(ids, cv2.INTER_NEAREST_EXACT, pad=0)
    stride = config.image_size[0] // config.map_size[0]
    try:
        grasps, parts = {}, {}
        for thing in content["objects"]:
            rows = [PlanarGrasp(*row[:6]) for row in thing["grasps"]]
            grasps[thing["id"]] = [image_box.grasp_to_map(grasp, stride) for grasp in rows]
            parts[thing["id"]] = [row[6] for row in thing["grasps"]]
        labels = {thing["id"]: (f"the {thing['kind']}", f"the {thing['colour']} thing") for thing in content["objects"]}
        instructions = [_instruction(row) for row in content["instructions"]]
    except (KeyError, IndexError, TypeError) as error:
        raise DataError(
            f"'{folder / 'scene.json'}' lacks a field or has a wrong one ({error!r}); data of an older version must be "
            "made again with 'lggd generate'"
        ) from None
    visible = np.flatnonzero(np.bincount(instances.ravel()) >= MIN_VISIBLE)
    names = tuple(sorted({part for its in parts.values() for part in its} - {""}))
    return Scene(
        name=folder.name,
        image=image_box.apply(color),
        instances=instances,
        maps=paint_instances(instances, grasps, config.opening_scale),
        grasps=grasps,
        labels=labels,
        instructions=[i for i in instructions if np.isin(i.targets, visible).all()],
        parts=parts,
        part_map=paint_parts(instances, grasps, parts, names),
        part_names=names,
    )


def _instruction(row: dict) -> Instruction:
    targets, candidates, anchors = (tuple(row[key]) for key in ("targets", "candidates", "anchors"))
    return Instruction(row["text"], targets, row["type"], candidates, anchors, row["part"])
