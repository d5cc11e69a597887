"""Reader of OCID-VLG (Tziafas et al., CoRL 2023): real cluttered tables with referring expressions and grasps.

ROOT/refer/{multiple,unique,novel-instances,novel-classes}/{train,val,test}_expressions.json
ROOT/SEQUENCE/{rgb,depth,seg_mask_instances_combi}/NAME.png

A sample of the published sizes is one expression. Here a scene is one image with all expressions that a split has about
it, none left out, so that figures can be compared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lggd_ros.data.files import DataError, read_depth, read_image, read_json
from lggd_ros.data.scene import Instruction, Scene, Scenes, paint_instances
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.picture import picture
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network.config import LGGDConfig

FAMILIES = ("multiple", "unique", "novel-instances", "novel-classes")
PARTS = ("train", "val", "test")
RGB, DEPTH, MASK = "rgb", "depth", "seg_mask_instances_combi"

_SPATIAL = re.compile(
    r"\b(?:left|right|front|rear|side) of\b|\b(?:behind|beside|between|above|below|under|near|next to|on top of)\b"
)
_PLACE = re.compile(r"\b(?:left|right|front|rear|back|closest|furthest|leftmost|rightmost|nearest|farthest)\b")
_LOOKS = re.compile(
    r"\b(?:red|orange|yellow|green|cyan|blue|purple|pink|brown|black|white|gr[ae]y|silver|gold|beige|colou?red"
    r"|round|square|small|large|big|plastic|metal|wooden|glass|paper|cardboard|ceramic)\b"
)


@dataclass
class ImageRecord:
    """What one split says about one image: per instance its grasps' corners (M, 4, 2) in pixels and its name."""

    instructions: list[Instruction] = field(default_factory=list)
    corners: dict[int, np.ndarray] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


class OCIDVLGScenes(Scenes):
    """One split, ``"FAMILY/PART"`` or a part of the family ``multiple``; images are decoded when they are asked for.

    Raises DataError for an unknown split, for expressions that cannot be read and for missing images.
    """

    def __init__(self, root: Path | str, split: str, config: LGGDConfig) -> None:
        self.root, self._config = Path(root), config
        self._records = read_expressions(expressions_file(self.root, split))
        self.names = sorted(self._records)
        files = (file for name in self.names for file in image_files(self.root, name, (RGB, MASK)))
        missing = [file for file in files if not file.is_file()]
        if missing:
            raise DataError(
                f"{len(missing)} images of OCID-VLG {split} are missing, the first: '{missing[0]}'; "
                f"see 'lggd data check {self.root}'"
            )

    @property
    def samples(self) -> list[int]:
        """The expressions about each image."""
        return [len(self._records[name].instructions) for name in self.names]

    def read(self, name: str) -> Scene:
        """Decode an image and its mask."""
        record, config = self._records[name], self._config
        color_file, depth_file, mask_file = image_files(self.root, name, (RGB, DEPTH, MASK))
        color, ids = read_image(color_file, cv2.IMREAD_COLOR_RGB), read_instances(mask_file)
        depth = read_depth(depth_file, color.shape[:2]) if config.relief else None
        box, stride = Letterbox(color.shape[:2], config.input_size), config.map_stride
        instances = Letterbox(ids.shape, config.map_size).apply(ids, cv2.INTER_NEAREST_EXACT, pad=0)
        grasps = {
            instance: [box.grasp_to_map(PlanarGrasp.from_corners(rectangle), stride) for rectangle in corners]
            for instance, corners in record.corners.items()
        }
        return Scene(
            name=name,
            image=picture(color, depth, box, config.channels),
            instances=instances,
            maps=paint_instances(instances, grasps, config.opening_scale),
            grasps=grasps,
            instructions=record.instructions,
            labels={int(i): _labels(record.names.get(int(i), "unknown")) for i in np.unique(ids) if i},
        )


def expressions_file(root: Path, split: str) -> Path:
    """``"novel-classes/test"`` -> its JSON file; a bare part means the family ``multiple``. Raises DataError."""
    family, part = split.split("/") if split.count("/") == 1 else ("multiple", split)
    if family not in FAMILIES or part not in PARTS:
        raise DataError(
            f"OCID-VLG has no split '{split}'; it has {', '.join(PARTS)}, each also as FAMILY/PART with the families "
            f"{', '.join(FAMILIES)}"
        )
    return root / "refer" / family / f"{part}_expressions.json"


def image_files(root: Path, name: str, folders: Iterable[str]) -> list[Path]:
    """The files that belong to an ``image_filename``, "SEQUENCE,NAME.png", one per folder."""
    sequence, file = name.split(",")
    return [root / sequence / folder / file for folder in folders]


def read_instances(file: Path) -> np.ndarray:
    """Instance numbers (H, W) uint8, 0 = none of the named things. Raises DataError."""
    ids = read_image(file)
    if ids.ndim != 2 or ids.max(initial=0) > 255:
        raise DataError(f"'{file}' is no mask of instance numbers up to 255; fetch it again")
    return ids.astype(np.uint8)


def read_expressions(file: Path) -> dict[str, ImageRecord]:
    """The expressions of one split by ``image_filename``. Raises DataError naming the file and the faulty item."""
    content = read_json(file)
    items = content.get("data") if isinstance(content, dict) else None
    if not isinstance(items, list) or not items:
        raise DataError(f"'{file}' has no list 'data' of expressions; fetch it again")
    records: dict[str, ImageRecord] = defaultdict(ImageRecord)
    for number, item in enumerate(items):
        try:
            _add(records, item)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"'{file}', item {number} lacks a field or has a wrong one: {error!r}") from None
    return dict(records)


def _add(records: dict[str, ImageRecord], item: dict[str, Any]) -> None:
    name, text, target, instance = (item[key] for key in ("image_filename", "question", "target", "answer"))
    inside = not Path(name).is_absolute() and ".." not in re.split("[/,]", name)
    if name.count(",") != 1 or not inside or not text:
        raise ValueError(f"image_filename '{name}', question '{text}'")
    if not 0 < int(instance) < 256:
        raise ValueError(f"answer {instance}")
    corners = np.asarray(item["grasps"], np.float32).reshape(-1, 4, 2)
    if not np.isfinite(corners).all():
        raise ValueError("grasps that are not finite")
    record = records[name]
    record.instructions.append(Instruction(text, (int(instance),), expression_type(item.get("program"), text)))
    record.corners.setdefault(int(instance), corners)
    record.names.setdefault(int(instance), target)


def _labels(target: str) -> tuple[str, ...]:
    """``"coffee_mug_1"`` -> ``("the coffee mug",)``; nothing for things that the data set does not name."""
    kind = re.sub(r"_\d+$", "", target).replace("_", " ")
    return () if kind == "unknown" else (f"the {kind}",)


def expression_type(program: object, text: str) -> str:
    """What an expression goes by: name, attribute, location, relation, or mixed for more than one beyond the name.

    These are the five types of CROG's evaluation. They are read from the functions of the symbolic ``program``, whose
    words are those of its author's ns-man: ``relate`` and ``hyper_relate``, ``locate``, ``filter_color`` and other
    filters, ``filter_category`` and ``filter_unique`` for names. Without a program that says anything, the words of the
    sentence decide: "left of" is a relation, "left" alone a location, a colour or material an attribute.
    """
    functions = [function for node in _nodes(program) if (function := _function(node))]
    kinds = {_kind(function) for function in functions} if functions else _kinds_in(text.lower())
    kinds -= {"name"}
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "name")


def _nodes(program: object) -> list:
    return program if isinstance(program, list) else []


def _function(node: object) -> str:
    """Of a node as in CLEVR, ``{"function": "filter_color", ...}``, or as text, ``"filter_color[red]"``."""
    name = node.get("function", node.get("type", "")) if isinstance(node, dict) else node
    return name.split("[")[0] if isinstance(name, str) else ""


def _kind(function: str) -> str:
    if "relate" in function or function.startswith("same"):
        return "relation"
    if function.startswith("locate"):
        return "location"
    named = ("category", "unique", "name", "class", "instance", "object")
    return "attribute" if function.startswith("filter_") and not function.endswith(named) else "name"


def _kinds_in(text: str) -> set[str]:
    rest = _SPATIAL.sub("", text)
    found = {"relation": rest != text, "location": _PLACE.search(rest), "attribute": _LOOKS.search(rest)}
    return {kind for kind, yes in found.items() if yes}
