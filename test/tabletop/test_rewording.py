"""Other words around an instruction: what it says stays, and nothing held out of training comes up."""

import re
from difflib import SequenceMatcher
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.data.augment import Augmentation, swap_sides
from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.tabletop.kinds import KINDS, NOVEL_KINDS
from lggd_ros.tabletop.language.phrasing import KNOWN_WORDS
from lggd_ros.tabletop.language.rewording import held_out_forms, reword, unheard_words
from lggd_ros.tabletop.language.vocabulary import EXTREMES, GENERIC, NOUNS, PARTS, RELATIONS, REQUESTS

seeds = st.integers(0, 2**32 - 1)


def one_of(words):
    return st.sampled_from(sorted(form for forms in words.trained.values() for form in forms))


@st.composite
def expressions(draw):
    """A noun phrase of training, perhaps with a rank, a place or a part."""
    form = draw(st.one_of(st.just("{}"), one_of(EXTREMES), one_of(RELATIONS), one_of(PARTS)))
    return form.format(*(f"the {draw(one_of(NOUNS))}" for _ in range(form.count("{}"))))


def in_order(words, among):
    """Whether they come in this order among others, perhaps with a slip of the fingers."""
    left = iter(among)
    return all(any(word == other or slipped(word, other) for other in left) for word in words)


def slipped(word, other):
    return word[0] == other[0] and SequenceMatcher(None, word, other).ratio() > 0.7


@settings(max_examples=300, deadline=None)
@given(expressions(), one_of(REQUESTS), seeds)
def test_what_is_said_stays_and_nothing_held_out_comes_up(said, request, seed):
    text = request.format(said)
    changed = reword(text, Random(seed))
    assert in_order([word for word in said.split() if word not in {*GENERIC, "the"}], changed.split())
    assert held_out_forms(changed) <= held_out_forms(text)
    assert len(re.findall("left|right", changed)) == len(re.findall("left|right", text))
    assert swap_sides(swap_sides(changed)) == changed


def test_every_kind_of_change_is_made():
    told = "pick up the mug behind the plate"
    changes = {reword(told, Random(seed)) for seed in range(2000)}
    assert told in changes
    assert any(re.fullmatch(r"pick up the [a-z]+ of mug behind the plate", changed) for changed in changes)
    assert any(re.fullmatch(r"pick up the mug of [a-z]+ behind the plate", changed) for changed in changes)
    assert any(re.fullmatch(r"pick up the mug behind the plate for [a-z]+", changed) for changed in changes)
    assert any(re.fullmatch(r"(.* )?next (.* )?the mug behind the plate( .*)?", changed) for changed in changes)
    assert any(re.fullmatch(r"pick up the mug [a-z ]+ behind the plate", changed) for changed in changes)
    assert any(re.fullmatch(r"pick up the [a-z]+ mug behind the plate", changed) for changed in changes)
    assert any(re.fullmatch(r"pick up the mug behind the [a-z]+ plate", changed) for changed in changes)
    assert "pick up mug behind plate" in changes
    assert any(not changed.startswith("pick up") and "mug behind the plate" in changed for changed in changes)
    assert any(re.fullmatch(r"p[a-z]+ up the mug b[a-z]+ the p[a-z]+", changed) for changed in changes - {told})


def test_what_is_only_called_a_thing_gets_a_name_and_what_has_one_keeps_it():
    changes = [reword("take the red thing left of the mug", Random(seed)) for seed in range(2000)]
    named = [change for change in changes if re.fullmatch(r"take the red [a-z ]+ left of the mug", change)]
    names = {change.split("red ")[1].split(" left")[0] for change in named if "thing" not in change}
    assert len(names) > 30 and any(" " in name for name in names)
    assert not {name.split()[0] for name in names} & KNOWN_WORDS
    assert all("mug" in reword("take the mug", Random(seed)) for seed in range(400))


@pytest.mark.parametrize(
    ("text", "held_out"), [("the coffee cup", True), ("kindly pass the mug", True), ("the cup left of the jar", False)]
)
def test_what_is_held_out_is_known(text, held_out):
    assert bool(held_out_forms(text)) == held_out


def test_a_word_before_a_noun_makes_no_other_noun_and_is_none_of_what_training_never_sees():
    strange = {word for kind in NOVEL_KINDS for noun in KINDS[kind].nouns for word in noun.split()}
    usual = {word for kind in set(KINDS) - set(NOVEL_KINDS) for noun in KINDS[kind].nouns for word in noun.split()}
    for seed in range(2000):
        words = reword("the roll", Random(seed)).split()
        assert " ".join(words[-2:]) not in NOUNS, words
        assert not set(words) & (strange - usual), words


def test_unheard_words_are_unheard():
    assert len(unheard_words()) > 5000 and not KNOWN_WORDS & set(unheard_words())


def test_augmentation_rewords_a_share_and_nothing_else():
    plane = np.zeros((24, 32), np.uint8)
    told = [Instruction(f"pick up the mug left of the plate {number}", (), "absent") for number in range(200)]
    scene = Scene("one", np.zeros((96, 128, 4), np.uint8), plane, np.zeros((4, 24, 32), np.float16), {}, told)
    same = Augmentation(mirror=False)(scene, np.random.default_rng(0)).instructions
    assert same == told
    changed = Augmentation(mirror=False, reword=0.5)(scene, np.random.default_rng(0)).instructions
    reworded = [new.text for new, old in zip(changed, told, strict=True) if new.text != old.text]
    assert 0.3 * len(told) < len(reworded) < 0.6 * len(told)
    assert {(new.targets, new.type) for new in changed} == {((), "absent")}


def test_no_word_that_names_another_kind_is_put_beside_a_noun():
    texts = [reword("pick up the red box", Random(seed)) for seed in range(3000)]
    assert not [text for text in texts if {"can", "milk", "cereal", "egg"} & set(text.split())]
