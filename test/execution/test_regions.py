import numpy as np
import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.regions import Region, split_instruction

BIN = Region.parse("Bin: 0.40 0.28 0.56 0.40 0.02")


def test_spots_lie_inside_and_begin_in_the_middle():
    spots = BIN.spots()
    assert (spots > BIN.low).all() and (spots < BIN.high).all() and len(spots) > 10
    np.testing.assert_allclose(np.linalg.norm(spots - [0.48, 0.34], axis=1).argmin(), 0)


@pytest.mark.parametrize("line", ["bin", "bin: 1 2 3", "bin: 0.5 0 0.4 1 0", ": 0 0 1 1 0", "bin: a b c d e"])
def test_malformed_regions_are_quoted(line):
    with pytest.raises(ValueError, match=f"region '{line}'"):
        Region.parse(line)


def test_a_region_named_twice_is_refused():
    with pytest.raises(ValueError, match="name one region twice"):
        PickConfig(observe_joints=(0.0,) * 7, regions=("bin: 0 0 1 1 0", "bin: 0 0 2 2 0"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("the red mug", ("the red mug", "")),
        ("pick up the red mug and put it in the bin", ("pick up the red mug", "bin")),
        ("take the salt and pepper, and place it into BIN!", ("take the salt and pepper", "bin")),
    ],
)
def test_the_region_is_split_off_the_instruction(text, parts):
    assert split_instruction(text, {"bin"}) == parts


def test_an_unknown_region_is_refused_with_those_known():
    with pytest.raises(ValueError, match="'cupboard'; known: bin, tray"):
        split_instruction("the mug and put it in the cupboard", {"tray", "bin"})
