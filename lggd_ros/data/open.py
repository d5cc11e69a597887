"""Which data set a folder holds, and its scenes."""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path

from lggd_ros.data.files import DataError
from lggd_ros.data.grasp_anything import GraspAnythingScenes
from lggd_ros.data.ocid_vlg import OCIDVLGScenes
from lggd_ros.data.scene import Scenes
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.network.config import LGGDConfig

TABLETOP, OCID_VLG, GRASP_ANYTHING = "tabletop data", "OCID-VLG", "Grasp-Anything++"
TABLETOP_TESTS = ("seen", "novel-instances", "novel-kinds", "novel-phrasing", "absent", "ambiguous")
TABLETOP_SPLITS = ("train", "val", "test", *(f"test/{name}" for name in TABLETOP_TESTS))

_OCID_FOLDERS = ("refer", "ARID10", "ARID20", "YCB10")
_GRASP_ANYTHING_FOLDERS = ("grasp_instructions", "grasp_label_positive", "positive_grasp", "part_mask")


def open_data(root: Path | str, split: str, config: LGGDConfig) -> Scenes:
    """Scenes of one split at the sizes of ``config``, whatever data set ``root`` is.

    ``split``: for tabletop data the folder of the split below ``root``, such as "val" or "test/novel-kinds", or ""
    where ``root`` is one; for OCID-VLG "test" or "novel-classes/test"; for Grasp-Anything++ "train", "test-seen",
    "test-unseen" or "all". Raises DataError.
    """
    root = Path(root)
    kind = recognise(root)
    if kind == TABLETOP:
        _check_split(root, split)
        return TabletopScenes(root / split, config)
    return OCIDVLGScenes(root, split, config) if kind == OCID_VLG else GraspAnythingScenes(root, split, config)


def _check_split(root: Path, split: str) -> None:
    splits = [name for name in TABLETOP_SPLITS if _holds_scenes(root / name)]
    if splits and split not in splits and not _holds_scenes(root / split):
        raise DataError(f"'{root}' has no split '{split}'; it has {', '.join(splits)}")


def recognise(root: Path) -> str:
    """TABLETOP, OCID_VLG or GRASP_ANYTHING. Raises DataError that says which folder to give instead."""
    if not root.exists():
        raise DataError(f"'{root}' does not exist; give the folder of a data set")
    if not root.is_dir():
        raise DataError(f"'{root}' is a file; unpack it and give its folder")
    if kind := _kind(root):
        return kind
    for inner in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        if kind := _kind(inner):
            raise DataError(f"'{root}' holds {kind} one level too deep; give '{inner}'")
    for outer in root.absolute().parents[:4]:
        if kind := _kind(outer):
            raise DataError(f"'{root}' is only a part of {kind}; give '{outer}'")
    raise DataError(
        f"'{root}' is no data set; expected scene_*/ (tabletop), refer/ (OCID-VLG) or image/ and grasp_instructions/ "
        "(Grasp-Anything++)"
    )


def _kind(folder: Path) -> str | None:
    if any(_holds_scenes(part) for part in (folder, *(folder / split for split in TABLETOP_SPLITS))):
        return TABLETOP
    if any((folder / name).is_dir() for name in _OCID_FOLDERS) or any(folder.glob("*/*/*_expressions.json")):
        return OCID_VLG
    known = any((folder / name).is_dir() for name in _GRASP_ANYTHING_FOLDERS)
    return GRASP_ANYTHING if known or _holds_hashed_images(folder / "image") else None


def _holds_scenes(folder: Path) -> bool:
    return (folder / "manifest.json").is_file() or any(folder.glob("scene_*/scene.json"))


def _holds_hashed_images(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    with os.scandir(folder) as entries:
        return any(re.fullmatch(r"[0-9a-f]{64}\.jpg", entry.name) for entry in islice(entries, 10))
