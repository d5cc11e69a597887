"""Found, absent or ambiguous."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggd_ros.decision import ABSENT, AMBIGUOUS, FOUND, Decision, meant_region

MASK = np.zeros((20, 20))
MASK[4:8, 4:8] = 0.9
MASK[12:14, 12:14] = 0.8
NO_THINGS = np.zeros_like(MASK)
INSIDE = meant_region(MASK, NO_THINGS)


def test_the_region_of_most_sure_pixels_is_taken_with_all_that_is_likely_around_it():
    mask = MASK.copy()
    mask[8, 4:8] = 0.3
    region = meant_region(mask, NO_THINGS)
    assert region.sum() == 20 and region[8, 4] and not region[12, 12]
    assert not meant_region(MASK * 0.2, NO_THINGS).any()


def test_parts_of_one_thing_count_as_one_region_and_another_thing_does_not():
    plate = np.zeros_like(MASK)
    plate[2:10, 2:17] = plate[12:14, 12:14] = 0.9
    assert np.array_equal(meant_region(MASK, plate), MASK > 0.5)
    assert Decision(rival=0.1).status(np.array([0, 1, 0]), MASK, MASK > 0.5) == FOUND
    plate[12:14, 12:14] = 0.4
    assert np.array_equal(meant_region(MASK, plate), INSIDE)
    plate[:10] = 0.4
    plate[12:14, 12:14] = 0.9  # the smaller one alone is the thing's: the mask, where it is largest, is of another
    assert np.array_equal(meant_region(MASK, plate), INSIDE)


@pytest.mark.parametrize(
    ("match", "status"), [((0.6, 0.4, 0.0), ABSENT), ((0.1, 0.8, 0.1), FOUND), ((0.1, 0.3, 0.6), AMBIGUOUS)]
)
def test_the_match_decides_where_the_mask_is_clear(match, status):
    assert Decision().status(np.array(match), MASK, INSIDE) == status


def test_thresholds_move_the_decision():
    match = np.array([0.4, 0.4, 0.2])
    assert Decision(present=0.7).status(match, MASK, INSIDE) == ABSENT
    assert Decision(several=0.3).status(match, MASK, INSIDE) == AMBIGUOUS
    assert Decision(rival=0.1).status(match, MASK, INSIDE) == AMBIGUOUS
    assert Decision(confident=0.95).status(match, MASK, INSIDE) == AMBIGUOUS
    assert Decision().status(match, MASK, INSIDE) == FOUND
    assert Decision().status(match, MASK, np.zeros_like(INSIDE)) == ABSENT


@given(st.lists(st.floats(-8, 8), min_size=3, max_size=3), st.floats(0.3, 5))
def test_a_temperature_divides_the_logits(logits, temperature):
    logits = np.array(logits)
    match, cooled = (np.exp(x - x.max()) / np.exp(x - x.max()).sum() for x in (logits, logits / temperature))
    assert Decision(temperature).calibrated(match) == pytest.approx(cooled, abs=1e-6)


def test_it_travels_in_a_checkpoints_header():
    decision = Decision(1.3, 0.4, 0.6)
    assert Decision.of(decision.note({"data": "x"})) == decision
    assert decision.note({"data": "x"})["data"] == "x" and Decision.of({}) == Decision()
