"""Check of Grasp-Anything++ against the split lists published with LGD."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
from tqdm import tqdm

from lggd_ros.data.files import DataError, read_image
from lggd_ros.data.grasp_anything import (
    GRASPS,
    IMAGE,
    INSTRUCTIONS,
    MASKS,
    SPLIT_FOLDER,
    SPLITS,
    image_of,
    object_of,
    parts,
    read_grasps,
    read_instructions,
    read_mask,
    read_split,
    stems,
)
from lggd_ros.data.report import Report, elsewhere, explain_missing, spread

PUBLISHED = {"train": 14516, "test-seen": 573, "test-unseen": 230}
KINDS = {INSTRUCTIONS: (".pkl", read_instructions), GRASPS: (".pt", read_grasps), MASKS: (".npy", read_mask)}
IMAGE_REMEDY = "join the archive's image_part_a* into one file and unpack that"
LIST_NAMES = ("seen.obj", "unseen.obj")
PROPER = {IMAGE, *INSTRUCTIONS, *GRASPS, *MASKS, "grasp_label_negative", "negative_grasp", "scene_description", "split"}
LIST_REMEDY = "copy the folder split/ of the LGD repository there"


def check_grasp_anything(root: Path, thorough: bool) -> Report:
    """Folders, names that belong together, split lists, and what the files hold."""
    report = Report(f"Grasp-Anything++ in '{root}'", "objects")
    names = {kind: _check_folder(root, kind, report) for kind in KINDS}
    images = _check_image_folder(root, report)
    everything = set().union(*names.values())
    for kind, there in names.items():
        if there:
            report.gather(f"parts without {kind[0]}", len(everything), sorted(everything - there))
    if images:
        wanted = {image_of(part) for part in everything}
        report.gather("images missing", len(wanted), sorted(wanted - images))
    complete = {part for part in set.intersection(*names.values()) if image_of(part) in images}
    report.count("all", len({object_of(part) for part in complete}))
    _check_splits(root, complete, report)
    _check_contents(root, names, images, thorough, report)
    return report


def _check_folder(root: Path, kind: tuple[str, str], report: Report) -> set[str]:
    """The parts that a folder has files of; either of its names will do."""
    folder = next((root / name for name in kind if (root / name).is_dir()), None)
    if folder is None:
        found = (elsewhere(root / name, PROPER) for name in kind)
        report.problems.append(next(filter(None, found), f"'{root}' has no folder {' or '.join(kind)}; fetch it again"))
        return set()
    suffix = KINDS[kind][0]
    there = parts(folder, suffix)
    if not there:
        report.problems.append(_explain_empty(folder, suffix))
    return there


def _explain_empty(folder: Path, suffix: str) -> str:
    inner = next((entry for entry in folder.iterdir() if entry.is_dir() and parts(entry, suffix)), None)
    if inner:
        return f"'{folder}' holds its files one level too deep; move them up from '{inner}'"
    strange = next(iter(stems(folder, suffix)), None)
    if strange:
        return (
            f"'{folder}' holds no SHA_OBJECT_PART{suffix} but '{strange}{suffix}', as in the older Grasp-Anything; "
            "unpack the archive of Grasp-Anything++"
        )
    return f"'{folder}' holds no {suffix} file; unpack its archive again"


def _check_image_folder(root: Path, report: Report) -> set[str]:
    folder = root / IMAGE
    if not folder.is_dir():
        report.problems.append(explain_missing(folder, PROPER, IMAGE_REMEDY))
        return set()
    images = stems(folder, ".jpg")
    if not images:
        inner = next((entry for entry in folder.iterdir() if entry.is_dir() and stems(entry, ".jpg")), None)
        deep = f"one level too deep; move its files up from '{inner}'"
        report.problems.append(
            f"'{folder}' holds its images {deep}" if inner else f"'{folder}' is empty; {IMAGE_REMEDY}"
        )
    return images


def _check_splits(root: Path, complete: set[str], report: Report) -> None:
    objects, lists = {object_of(part) for part in complete}, {}
    if not (root / SPLIT_FOLDER).is_dir():
        report.problems.append(explain_missing(root / SPLIT_FOLDER, remedy=LIST_REMEDY))
        return
    for split, name in SPLITS.items():
        file = root / SPLIT_FOLDER / name
        try:
            lists[split] = read_split(file)
        except DataError as error:
            report.problems.append(str(error) if file.is_file() else explain_missing(file, LIST_NAMES, LIST_REMEDY))
        found = sum(name in objects for name in lists[split]) if split in lists else None
        report.count(split, found, PUBLISHED[split])
    if len(lists) == len(SPLITS):
        report.audit("lists of LGD", {split: {image_of(name) for name in names} for split, names in lists.items()})


def _check_contents(root: Path, names: dict, images: set[str], thorough: bool, report: Report) -> None:
    for kind, (suffix, read) in KINDS.items():
        folder = next((root / name for name in kind if (root / name).is_dir()), root)
        _open_all([folder / f"{part}{suffix}" for part in spread(names[kind], thorough)], read, report)
    _open_all([root / IMAGE / f"{image}.jpg" for image in spread(images, thorough)], _read_color, report)


def _open_all(files: list[Path], read: Callable[[Path], object], report: Report) -> None:
    faults = []
    for file in tqdm(files, desc=files[0].parent.name if files else ""):
        try:
            read(file)
        except DataError as error:
            faults.append(str(error))
    if faults:
        report.gather(f"faulty files in {files[0].parent.name}", len(files), faults)


def _read_color(file: Path) -> object:
    return read_image(file, cv2.IMREAD_COLOR_RGB)
