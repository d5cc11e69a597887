"""``lggd data check``: what is missing, misnamed, nested too deep, cut off, or in train and test at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from lggd_ros.data.check_grasp_anything import check_grasp_anything
from lggd_ros.data.check_ocid_vlg import check_ocid_vlg
from lggd_ros.data.files import DataError, content_digest, read_json
from lggd_ros.data.open import OCID_VLG, TABLETOP, TABLETOP_SPLITS, recognise
from lggd_ros.data.report import Report, spread
from lggd_ros.data.tabletop import read_scene
from lggd_ros.network.config import LGGDConfig


def check_data(root: Path | str, thorough: bool = False) -> Report:
    """Look at a whole data set; open every file if ``thorough``, else 2,000 of a kind.

    Raises DataError where ``root`` is no data set.
    """
    root = Path(root)
    kind = recognise(root)
    if kind == TABLETOP:
        return check_tabletop(root, thorough)
    return check_ocid_vlg(root, thorough) if kind == OCID_VLG else check_grasp_anything(root, thorough)


def check_tabletop(root: Path, thorough: bool) -> Report:
    """Data of ``lggd generate``: a split, or a folder of splits."""
    report = Report(f"tabletop data in '{root}'", "scenes")
    splits = {split: root / split for split in TABLETOP_SPLITS if any((root / split).glob("scene_*"))}
    for split, folder in (splits or {root.name: root}).items():
        finished = {file.parent.name for file in folder.glob("scene_*/scene.json")}
        unfinished = sorted({f.name for f in folder.glob("scene_*")} - finished)
        report.count(split, len(finished))
        report.gather("unfinished scenes", len(finished) + len(unfinished), [f"'{folder / n}'" for n in unfinished])
        looked_at = spread(finished, thorough)
        faults = [sentence for name in tqdm(looked_at, desc=folder.name) if (sentence := _fault(folder / name))]
        report.gather("unreadable scenes", len(looked_at), faults)
        report.problems += _against_manifest(folder, len(finished))
    return report


def _against_manifest(folder: Path, finished: int) -> Iterator[str]:
    """What a data set lacks of what its manifest, if it has one, says of it."""
    manifest = folder / "manifest.json"
    wanted = read_json(manifest) if manifest.is_file() else {}
    if finished < wanted.get("scenes", 0):
        again = "the same 'lggd generate' again makes the others"
        yield f"'{folder}' holds {finished} of {wanted['scenes']} scenes; {again}"
    elif wanted.get("sha256") not in (None, content_digest(folder)):
        yield f"'{folder}' does not hold what was generated: the SHA-256 in its manifest differs"


def _fault(folder: Path) -> str | None:
    try:
        read_scene(folder, LGGDConfig.tabletop())
    except DataError as error:
        return str(error)
    return None
