"""The fixed splits of the synthetic world. Each draws from a random stream of its own, so no scene occurs in two.

================================ ========== =============== ===================================================
split                            kinds      specimens       words
================================ ========== =============== ===================================================
train, val                       seen       0 to 199        of training
test (benchmark and simulator)   seen       1000 to 1199    of training
test/seen                        seen       0 to 199        of training
test/novel-instances             seen       1000 to 1199    of training
test/novel-kinds                 novel      1000 to 1199    of training, and the names of the novel kinds
test/novel-phrasing              seen       0 to 199        held out: requests always, other forms where there are any
test/absent                      seen       0 to 199        of training; nothing matches
test/ambiguous                   seen       0 to 199        of training; two or more match
================================ ========== =============== ===================================================

Kinds and specimens are listed in ``kinds``, words in ``language.vocabulary``. A sample of a test is an instruction on
an image, and an image has 12 to 16 of them: ``lggd generate --scenes 100 --split test/seen …`` makes more than 1,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lggd_ros.tabletop.composition import Setup
from lggd_ros.tabletop.kinds import NOVEL_KINDS, NOVEL_SPECIMENS, SEEN_KINDS, SEEN_SPECIMENS
from lggd_ros.tabletop.language import Style


@dataclass(frozen=True)
class Split:
    """What a split is made of: its random ``stream``, its things, its words, and how often each setup comes."""

    stream: int
    kinds: tuple[str, ...] = SEEN_KINDS
    specimens: Sequence[int] = SEEN_SPECIMENS
    style: Style = Style()
    setups: Mapping[Setup, float] = field(
        default_factory=lambda: {"isolated": 0.15, "scattered": 0.45, "cluttered": 0.4}
    )


SPLITS = {
    "train": Split(0),
    "val": Split(1),
    "test": Split(2, specimens=NOVEL_SPECIMENS),
    "test/seen": Split(3),
    "test/novel-instances": Split(4, specimens=NOVEL_SPECIMENS),
    "test/novel-kinds": Split(5, NOVEL_KINDS, NOVEL_SPECIMENS, Style(kinds=NOVEL_KINDS)),
    "test/novel-phrasing": Split(6, style=Style(wording="held out")),
    "test/absent": Split(7, style=Style(absent=1.0, ambiguous=0.0)),
    "test/ambiguous": Split(8, style=Style(absent=0.0, ambiguous=1.0), setups={"scattered": 0.5, "cluttered": 0.5}),
}
