"""Check of OCID-VLG against its published sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lggd_ros.data.files import DataError, check_end, read_image
from lggd_ros.data.ocid_vlg import (
    DEPTH,
    FAMILIES,
    MASK,
    PARTS,
    RGB,
    ImageRecord,
    expressions_file,
    image_files,
    read_expressions,
    read_instances,
)
from lggd_ros.data.report import Report, explain_missing, spread

PUBLISHED = {
    "multiple": (63221, 8669, 17749),
    "unique": (26295, 3778, 7675),
    "novel-instances": (22423, 2491, 12834),
    "novel-classes": (26247, 2916, 8585),
}
EXPRESSION_FILES = tuple(f"{part}_expressions.json" for part in PARTS)

Records = dict[str, ImageRecord]


def check_ocid_vlg(root: Path, thorough: bool) -> Report:
    """Expressions of all splits, then the images that they name."""
    report = Report(f"OCID-VLG in '{root}'", "samples")
    if not (root / "refer").is_dir():
        report.problems.append(explain_missing(root / "refer", remedy="it holds the expressions of OCID-VLG"))
        return report
    instances: dict[str, set[int]] = defaultdict(set)
    for family in FAMILIES:
        splits = _check_family(root, family, report)
        if len(splits) == len(PARTS):
            report.audit(family, splits)
        for records in splits.values():
            for name, record in records.items():
                instances[name].update(record.corners)
    for folder in (RGB, DEPTH, MASK):
        _check_images(root, folder, instances, thorough, report)
    return report


def _check_family(root: Path, family: str, report: Report) -> dict[str, Records]:
    if not (root / "refer" / family).is_dir():
        report.problems.append(explain_missing(root / "refer" / family, FAMILIES))
        return {}
    splits = {}
    for part, published in zip(PARTS, PUBLISHED[family], strict=True):
        file = expressions_file(root, f"{family}/{part}")
        found = None
        if not file.is_file():
            report.problems.append(explain_missing(file, EXPRESSION_FILES))
        else:
            try:
                splits[part] = read_expressions(file)
                found = sum(len(record.instructions) for record in splits[part].values())
            except DataError as error:
                report.problems.append(str(error))
        report.count(f"{family}/{part}", found, published)
    return splits


def _check_images(root: Path, folder: str, instances: Mapping[str, set[int]], thorough: bool, report: Report) -> None:
    files = {name: image_files(root, name, [folder])[0] for name in instances}
    there = [name for name in files if files[name].is_file()]
    missing = [str(files[name]) for name in sorted(files.keys() - set(there))]
    proper = {RGB, DEPTH, MASK}.union(*(file.relative_to(root).parts for file in files.values()))
    first = explain_missing(Path(missing[0]), proper) if missing else ""
    report.gather(f"missing {folder} images", len(files), missing, first)
    opened = set(spread(there, thorough))
    faults = []
    for name in tqdm(sorted(there), desc=folder):
        try:
            _check_image(files[name], folder, instances[name]) if name in opened else check_end(files[name])
        except DataError as error:
            faults.append(str(error))
    report.gather(f"faulty {folder} images", len(there), faults)


def _check_image(file: Path, folder: str, instances: set[int]) -> None:
    """Raises DataError."""
    if folder == MASK:
        absent = instances - set(np.unique(read_instances(file)).tolist())
        if absent:
            raise DataError(f"'{file}' lacks instance {min(absent)}, which an expression refers to")
    elif folder == DEPTH:
        depth = read_image(file)
        if depth.dtype != np.uint16 or depth.ndim != 2:
            raise DataError(f"'{file}' is no 16-bit depth image")
    else:
        read_image(file, cv2.IMREAD_COLOR_RGB)
