"""Misspelt words are read as the ones that were meant, and no others are touched."""

from dataclasses import replace
from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_lggd import tiny_config

from lggd_ros.network import LGGD
from lggd_ros.network.spelling import mend
from lggd_ros.tabletop.language.phrasing import KNOWN_WORDS, mistype
from lggd_ros.tabletop.language.vocabulary import TRAINED_WORDS

VOCABULARY = frozenset(
    {"grasp", "pick", "up", "the", "spoon", "plate", "plane", "black", "back", "left", "screwdriver"}
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("pick up the spono", "pick up the spoon"),
        ("Pick up, the SPON!", "Pick up, the spoon!"),
        ("the scrwedriver", "the screwdriver"),
        ("the screwdrivver", "the screwdriver"),
        ("the ckrewdriver", "the ckrewdriver"),  # two letters off
        ("the plare", "the plare"),  # plate or plane
        ("the balck spoon", "the black spoon"),  # rather than back with one letter too many
        ("the tumbler", "the tumbler"),  # unheard, but a word
        ("the rasp", "the rasp"),
        ("the spoon_s 2 pick-up", "the spoon_s 2 pick-up"),
    ],
)
def test_a_slip_is_mended_where_only_one_word_can_be_meant(said, meant):
    assert mend(said, VOCABULARY) == meant


def test_without_a_vocabulary_nothing_changes():
    assert mend("the Spono", frozenset()) == "the Spono"


@given(st.sampled_from(sorted(KNOWN_WORDS)))
def test_words_that_are_spelt_right_stay(word):
    """Also those that training never hears."""
    assert mend(word, TRAINED_WORDS) == mend(word, TRAINED_WORDS - {word}) == word


def test_most_slips_of_the_data_are_mended_and_few_turn_into_other_words():
    rng = Random(0)
    long = sorted(word for word in TRAINED_WORDS if len(word) > 4)
    pairs = [(word, slip) for word in long for _ in range(5) if (slip := mistype(word, rng)) != word]
    mended = [(word, mend(slip, TRAINED_WORDS)) for word, slip in pairs]
    right, other = (sum(test(*pair) for pair in mended) / len(mended) for test in (_right, _other))
    assert right > 0.85 and other < 0.03


def _right(word, read):
    return read == word


def _other(word, read):
    return read != word and read in TRAINED_WORDS


def test_a_network_reads_what_is_meant():
    plain, mending = LGGD(tiny_config()), LGGD(replace(tiny_config(), vocabulary=("spoon",)))
    expected = plain.tokenize(["the spoon"])
    assert torch.equal(mending.tokenize(["the spono"]), expected)
    assert not torch.equal(plain.tokenize(["the spono"]), expected)
