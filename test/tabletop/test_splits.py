"""The splits keep to their own things, words and random streams."""

import numpy as np
import pytest

from lggd_ros.data.open import TABLETOP_SPLITS
from lggd_ros.tabletop.composition import draw_models
from lggd_ros.tabletop.kinds import NOVEL_KINDS, NOVEL_SPECIMENS, SEEN_KINDS, SEEN_SPECIMENS
from lggd_ros.tabletop.splits import SPLITS

TRAINED_ON = ("train", "val")


def test_every_split_has_a_random_stream_of_its_own():
    assert len({split.stream for split in SPLITS.values()}) == len(SPLITS)
    assert set(TABLETOP_SPLITS) == set(SPLITS)


def test_training_sees_neither_novel_things_nor_held_out_words():
    assert len(NOVEL_KINDS) >= 5 and not set(SEEN_KINDS) & set(NOVEL_KINDS)
    assert not set(SEEN_SPECIMENS) & set(NOVEL_SPECIMENS)
    for name in TRAINED_ON:
        split = SPLITS[name]
        assert set(split.kinds) == set(split.style.kinds) == set(SEEN_KINDS)
        assert set(split.specimens) == set(SEEN_SPECIMENS) and split.style.wording == "trained"


@pytest.mark.parametrize("name", SPLITS)
def test_scenes_are_made_of_the_kinds_of_their_split(name):
    split, rng = SPLITS[name], np.random.default_rng(0)
    models = [model for _ in range(10) for model in draw_models("cluttered", rng, split.kinds, split.specimens)]
    novel = {model.kind in NOVEL_KINDS for model in models}
    assert novel == {name == "test/novel-kinds"}


def test_each_test_asks_one_thing_that_training_does_not():
    assert SPLITS["test/novel-kinds"].kinds == NOVEL_KINDS
    assert set(SPLITS["test/novel-instances"].specimens) == set(SPLITS["test"].specimens) == set(NOVEL_SPECIMENS)
    assert SPLITS["test/novel-phrasing"].style.wording == "held out"
    assert SPLITS["test/absent"].style.absent == SPLITS["test/ambiguous"].style.ambiguous == 1
    assert all(sum(split.setups.values()) == pytest.approx(1) for split in SPLITS.values())
