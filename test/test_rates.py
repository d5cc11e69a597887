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
