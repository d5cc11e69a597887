"""Wilson's interval by hand and by its definition."""

import math

import pytest

from lggd_ros.rates import Z95, wilson, wilson_interval


def test_known_values():
    assert wilson_interval(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson_interval(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)


@pytest.mark.parametrize(("successes", "trials"), [(1, 7), (90, 100), (1999, 2000)])
def test_bounds_are_rates_that_the_outcome_just_fits(successes, trials):
    for bound in wilson_interval(successes, trials):
        deviation = abs(successes / trials - bound) / math.sqrt(bound * (1 - bound) / trials)
        assert deviation == pytest.approx(Z95)


def test_outcomes_are_counted():
    assert wilson([True, False] * 5) == (0.2366, 0.7634)
    assert wilson([]) is None


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 2)])
def test_counts_that_make_no_rate_are_refused(successes, trials):
    with pytest.raises(ValueError, match=f"{successes} successes of {trials}"):
        wilson_interval(successes, trials)


def test_outcomes_of_one_group_count_as_one_where_they_always_agree():
    each = [True, False] * 5
    assert wilson([hit for hit in each for _ in range(7)], [str(k) for k in range(10) for _ in range(7)]) == wilson(
        each
    )
    assert wilson([True] * 70, [str(k) for k in range(10) for _ in range(7)]) == wilson([True] * 10)


def test_outcomes_of_groups_that_agree_by_chance_count_one_by_one():
    assert wilson([True, False] * 35, [str(k // 2) for k in range(70)]) == wilson([True, False] * 35)
