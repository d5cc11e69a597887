"""Found, absent or ambiguous: what match probabilities and mask say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import cv2
import numpy as np

FOUND, ABSENT, AMBIGUOUS = "found", "absent", "ambiguous"
STATUS = (ABSENT, FOUND, AMBIGUOUS)  # none, one or several match
SURE, LIKELY = 0.5, 0.25  # mask probabilities: a thing is there where one is sure, and reaches as far as it is likely


@dataclass(frozen=True)
class Decision:
    """How to decide, chosen on validation data by ``lggd tune`` and kept in the checkpoint.

    ``temperature``: the match's logits are divided by it, so that its probabilities are frequencies. Probabilities:
    ``present``, of anything, below which nothing is there, and ``several``, of several given anything, from which on
    it is unclear which one is meant. It is also unclear where sure pixels elsewhere come to ``rival`` of the thing's
    own, or where its sure pixels have a mean probability below ``confident``.
    """

    temperature: float = 1.0
    present: float = 0.5
    several: float = 0.5
    rival: float = 0.95
    confident: float = 0.55

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Decision:
        """From a checkpoint's header; as above where that has none."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: float(value) for name, value in about.get("decision", {}).items() if name in known})

    def note(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """A checkpoint's header with this decision in it."""
        return {**about, "decision": asdict(self)}

    def calibrated(self, match: np.ndarray) -> np.ndarray:
        """Match probabilities (…, 3) as the network gives them -> as frequencies."""
        powers = np.clip(match, 1e-12, None) ** (1 / self.temperature)
        return powers / powers.sum(-1, keepdims=True)

    def status(self, match: np.ndarray, mask: np.ndarray, inside: np.ndarray) -> str:
        """Calibrated match (3,), mask probabilities (h, w), and the region (h, w) bool that would be taken."""
        if not inside.any() or match[1:].sum() < self.present:
            return ABSENT
        several = match[2] / match[1:].sum() >= self.several
        return AMBIGUOUS if several or not self._is_clear(mask, inside) else FOUND

    def _is_clear(self, mask: np.ndarray, inside: np.ndarray) -> bool:
        sure = np.where(mask > SURE, mask, 0)
        own, everything = sure[inside].sum(), sure.sum()
        confident = mask[inside & (sure > 0)].mean() >= self.confident
        return bool(everything - own <= self.rival * own and confident)


UNTUNED = Decision()


def meant_region(mask: np.ndarray, thing: np.ndarray) -> np.ndarray:
    """The region (h, w) bool of likely pixels that holds the most sure ones (hysteresis); all false without any.

    ``mask`` and ``thing`` (h, w): probabilities, and the share of the thing that is likeliest meant. What lies across a
    thing divides it: regions that are mostly of that thing count as one.
    """
    _, labels = cv2.connectedComponents((mask > LIKELY).astype(np.uint8))
    sure = np.where(mask > SURE, mask, 0)
    mass, its = (np.bincount(labels.ravel(), weights=weight.ravel()) for weight in (sure, sure * thing))
    parts, largest = 2 * its > mass, mass.argmax()
    chosen = parts if parts[largest] else np.arange(len(mass)) == largest
    return chosen[labels] & (labels > 0)
