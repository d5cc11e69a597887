"""``lggd tune``: choose on validation data how a checkpoint decides between found, absent and ambiguous.

The temperature is the one of greatest likelihood (Guo et al. 2017). Of the thresholds, those are taken that find the
one thing meant most often, among those that call at most ``MAX_WRONG`` of what is absent found and recognise
``MIN_AMBIGUOUS`` of what is ambiguous. Finding another thing is worse than finding none: it costs ``MISTAKE`` finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from lggd_ros.data.files import DataError
from lggd_ros.data.open import open_data
from lggd_ros.data.scene import Scene
from lggd_ros.decision import FOUND, STATUS, Decision, meant_region
from lggd_ros.detector import checkpoint_path
from lggd_ros.grasps.maps import GraspMaps, decode
from lggd_ros.network import LGGD, load_checkpoint, save_checkpoint
from lggd_ros.training.verdicts import answer

MAX_WRONG, MIN_AMBIGUOUS, MISTAKE = 0.03, 0.87, 5.0
TEMPERATURES = np.geomspace(0.3, 5, 60)
PRESENT, SEVERAL = ([round(0.05 * k, 2) for k in range(first, 20)] for first in (10, 2))  # more likely there than not
CONFIDENT, RIVAL = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8), (0.1, 0.3, 0.5, 0.7, 0.95)
BINS = 10


class Answers(NamedTuple):
    """Of N instructions: the true ``match`` (N,), its probabilities (N, 3), whether the mask is ``empty`` (N,), whether
    it is ``clear`` about one thing by every pair of CONFIDENT and RIVAL (C, R, N), and whether the best grasp would
    take what is ``meant`` (N,)."""

    truth: np.ndarray
    match: np.ndarray
    empty: np.ndarray
    clear: np.ndarray
    meant: np.ndarray

    def said(self, decision: Decision) -> np.ndarray:
        """What is decided (N,), as positions in STATUS; ``confident`` and ``rival`` are among those of the table."""
        match, clear = decision.calibrated(self.match), self.clear[_place(decision)]
        presence = match[:, 1:].sum(-1)
        several = (match[:, 2] / presence >= decision.several) | ~clear
        return np.where(self.empty | (presence < decision.present), 0, np.where(several, 2, 1))


def tune(checkpoint: Path | str, data: Path | str, split: str = "val") -> dict:
    """Choose a decision, write it into the checkpoint, and return figures of the split before and after: None where
    the one before has thresholds that are not among those to choose from.

    Raises CheckpointError or DataError where either cannot be read, DataError also where the split lacks one of the
    three cases.
    """
    path = checkpoint_path(checkpoint)
    loaded = load_checkpoint(path)
    scenes = open_data(Path(data), split, loaded.network.config)
    answers = _ask(loaded.network, scenes)
    if missing := [name for match, name in enumerate(STATUS) if match not in answers.truth]:
        raise DataError(f"'{data}' {split} has nothing that is {missing[0]}; tune with data that have all three cases")
    decision, before = choose(answers), Decision.of(loaded.about)
    known = before.confident in CONFIDENT and before.rival in RIVAL
    report = {
        "split": split,
        "before": describe(before, answers) if known else None,
        "after": describe(decision, answers),
    }
    save_checkpoint(path, loaded.network, decision.note(loaded.about))
    return report


def choose(answers: Answers) -> Decision:
    """The best decision for these answers, which hold all three cases."""
    warm = max((Decision(round(float(t), 3)) for t in TEMPERATURES), key=lambda d: _likelihood(d, answers))
    grid = product(PRESENT, SEVERAL, CONFIDENT, RIVAL)
    decisions = (Decision(warm.temperature, p, s, r, c) for p, s, c, r in grid)
    return max(decisions, key=lambda decision: _merit(answers.said(decision), answers))


def describe(decision: Decision, answers: Answers) -> dict:
    """How often a decision is right in each of the three cases, and how far presence is from a frequency."""
    said, truth = answers.said(decision), answers.truth
    presence = decision.calibrated(answers.match)[:, 1:].sum(-1)
    return {
        **decision.note({}),
        "right": {name: round(float((said[truth == k] == k).mean()), 4) for k, name in enumerate(STATUS)},
        "absent_called_found": round(float((said[truth == 0] == 1).mean()), 4),
        "another_found": round(float(_mistaken(said, answers)[truth == 1].mean()), 4),
        "calibration_error": round(calibration_error(presence, truth > 0), 4),
    }


def calibration_error(probability: np.ndarray, happened: np.ndarray) -> float:
    """Expected calibration error of (N,) given (N,) bool: how far probabilities are from frequencies, over ten bins."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [abs(probability[bins == k].mean() - happened[bins == k].mean()) * (bins == k).mean() for k in set(bins)]
    return float(sum(gaps))


def _ask(network: LGGD, scenes: Sequence[Scene]) -> Answers:
    rows: list[tuple] = []
    for scene in tqdm(scenes, desc="tuning", unit="scene"):
        output = answer(network, scene, [instruction.text for instruction in scene.instructions])
        matches, maps = output.match.float().softmax(-1).numpy(), output.maps.float().numpy()
        answers = zip(scene.instructions, matches, maps, strict=True)
        rows += [
            (instruction.match, match, *_read(its, scene.mask(instruction))) for instruction, match, its in answers
        ]
    truth, match, empty, clear, meant = (np.stack(column) for column in zip(*rows, strict=True))
    return Answers(truth, match, empty, np.moveaxis(clear, 0, -1), meant)


def _read(maps: np.ndarray, true: np.ndarray) -> tuple[bool, np.ndarray, bool]:
    """Whether a mask is empty, by which pairs of thresholds (C, R) it is clear about one thing, and whether the best
    grasp in maps (6, h, w) lies inside the ``true`` mask (h, w), or without any grasp most of what would be taken."""
    mask, inside = maps[0], meant_region(maps[0], maps[5])
    best = decode(GraspMaps.of(maps), inside, 1, opening_scale=1.0)
    meant = true[round(best[0].y), round(best[0].x)] if best else 2 * (inside & true).sum() > inside.sum()
    decisions = [[Decision(confident=c, rival=r) for r in RIVAL] for c in CONFIDENT]
    found = [[decision.status(np.array([0, 1, 0]), mask, inside) == FOUND for decision in row] for row in decisions]
    return not inside.any(), np.array(found), bool(meant)


def _place(decision: Decision) -> tuple[int, int]:
    return CONFIDENT.index(decision.confident), RIVAL.index(decision.rival)


def _likelihood(decision: Decision, answers: Answers) -> float:
    return float(np.log(decision.calibrated(answers.match)[np.arange(len(answers.truth)), answers.truth]).mean())


def _merit(said: np.ndarray, answers: Answers) -> float:
    """Share of single things found, less mistakes; what bounds are missed by counts ten times."""
    none, one, several = (answers.truth == case for case in range(3))
    found = (said == 1)[one] - (1 + MISTAKE) * _mistaken(said, answers)[one]
    wrong, recognised = (said[none] == 1).mean(), (said[several] == 2).mean()
    return float(found.mean() - 10 * max(wrong - MAX_WRONG, 0) - 10 * max(MIN_AMBIGUOUS - recognised, 0))


def _mistaken(said: np.ndarray, answers: Answers) -> np.ndarray:
    """Where another thing than the one meant is found (N,)."""
    return (said == 1) & (answers.truth == 1) & ~answers.meant
