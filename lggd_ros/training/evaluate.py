"""``lggd evaluate``: how good a checkpoint is on one split of a data set, in figures and pictures."""

from __future__ import annotations

import json
from pathlib import Path

from tqdm import tqdm

from lggd_ros.data.files import DataError, read_json
from lggd_ros.data.open import GRASP_ANYTHING, TABLETOP, open_data, recognise
from lggd_ros.decision import Decision
from lggd_ros.detector import checkpoint_path, choose_device
from lggd_ros.grasps.legacy import FRAME
from lggd_ros.network import load_checkpoint
from lggd_ros.training.figures import figures
from lggd_ros.training.page import write_page
from lggd_ros.training.published import published
from lggd_ros.training.sensitivity import shuffling, swapping
from lggd_ros.training.verdicts import judge


def evaluate(
    checkpoint: Path | str,
    data: Path | str,
    split: str = "",
    out: Path | str | None = None,
    device: str = "auto",
    shuffled: bool = False,
) -> dict:
    """Figures of a checkpoint (file, or name in models/) on a split, see ``open_data``; masks at map resolution.

    ``out``: a folder for ``figures.json`` and ``pictures.html``. CROG's metric counts pixels of 640 x 480 images, so
    Grasp-Anything++ goes without. ``shuffled``: also how often the best grasp still lies on the thing meant when the
    words are those about another picture. Raises CheckpointError or DataError where either cannot be read or is not
    whole.
    """
    kind = recognise(Path(data))
    loaded = load_checkpoint(checkpoint_path(checkpoint))
    network, decision = loaded.network.to(choose_device(device)), Decision.of(loaded.about)
    if kind == TABLETOP:
        _check_whole(Path(data) / split)
    scenes = open_data(data, split, network.config)
    if out is not None:
        Path(out).mkdir(parents=True, exist_ok=True)
    frame = None if kind == GRASP_ANYTHING else FRAME
    verdicts = [judge(network, scene, frame, decision) for scene in tqdm(scenes, desc="evaluating", unit="scene")]
    report = {
        **{"data": str(data), "split": split, "checkpoint": str(checkpoint)},
        **figures([verdict for its in verdicts for verdict in its]),
        **swapping(verdicts),
        **(shuffling(network, scenes) if shuffled else {}),
        "published": published(kind, split),
    }
    if out is not None:
        (Path(out) / "figures.json").write_text(json.dumps(report, indent=2) + "\n")
        title = f"{checkpoint} on {data} {split}"
        write_page(Path(out) / "pictures.html", title, network, scenes, verdicts, decision)
    return report


def _check_whole(folder: Path) -> None:
    """Training may begin on half a split; figures of one would mislead."""
    file = folder / "manifest.json"
    if not file.is_file():
        return
    manifest, found = read_json(file), sum(1 for _ in folder.glob("scene_*/scene.json"))
    try:
        wanted, seed, split = (manifest[name] for name in ("scenes", "seed", "split"))
    except (KeyError, TypeError) as error:
        raise DataError(f"'{file}' lacks a field or has a wrong one: {error!r}") from None
    if found < wanted:
        remedy = f"lggd generate --out {folder} --scenes {wanted} --seed {seed} --split {split}"
        raise DataError(f"'{folder}' holds {found} of {wanted} scenes; finish it with '{remedy}'")
