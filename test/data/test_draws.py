"""Which samples a step sees."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.data.draws import EpochDraws, RandomDraws
from lggd_ros.data.scene import Instruction

RNG = np.random.default_rng(0)


def told(count):
    return [Instruction(str(k), (1,), "name") for k in range(count)]


def seen(draws, samples, steps, total):
    """How often each sample was drawn, and how many were drawn from a scene at once at most."""
    counts, most = Counter(), 0
    for step in steps:
        for place in draws.places(step, total):
            picks = draws.picks(place, told(samples[place.scene]), RNG)
            counts.update((place.scene, pick) for pick in picks)
            most = max(most, len(picks))
    return counts, most


@settings(max_examples=50, deadline=None)
@given(
    samples=st.lists(st.integers(1, 7), min_size=1, max_size=8), together=st.integers(1, 4), epochs=st.integers(1, 3)
)
def test_an_epoch_is_every_sample_once(samples, together, epochs):
    draws = EpochDraws(samples, together, seed=3)
    counts, most = seen(draws, samples, range(epochs), len(draws))
    assert counts == {(scene, k): epochs for scene, count in enumerate(samples) for k in range(count)}
    assert most <= together


@settings(max_examples=30, deadline=None)
@given(samples=st.lists(st.integers(1, 5), min_size=2, max_size=8), total=st.integers(1, 9))
def test_batches_follow_one_another_across_epochs(samples, total):
    draws = EpochDraws(samples, 2)
    one_by_one = [place for step in range(3 * total) for place in draws.places(step, 1)]
    assert [place for step in range(3) for place in draws.places(step, total)] == one_by_one


def test_epochs_have_orders_of_their_own():
    draws = EpochDraws([1] * 50, 1)
    first, second = ([place.scene for place in draws.places(step, 50)] for step in (0, 1))
    assert sorted(first) == sorted(second) and first != second


def test_scenes_are_drawn_by_their_weights():
    draws = RandomDraws(3, 1, weights=np.array([0.0, 1.0, 9.0]))
    counts = Counter(place.scene for step in range(300) for place in draws.places(step, 1))
    assert counts.keys() == {1, 2} and 5 < counts[2] / counts[1] < 20


def test_sentences_of_one_sample_take_turns():
    draws = EpochDraws([1], 1)
    assert seen(draws, [3], range(30), 1)[0].keys() == {(0, 0), (0, 1), (0, 2)}
