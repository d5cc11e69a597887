import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.tabletop.colours import COLOURS
from lggd_ros.tabletop.kinds import KINDS
from lggd_ros.tabletop.language import GENERIC, NOUNS, Referent, instructions, parse, resolve

positions = st.tuples(st.floats(-0.2, 0.2), st.floats(0.35, 0.65))
sizes = st.sampled_from(["", "small", "large"])
looks = st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(COLOURS), sizes, positions, st.booleans())
tables = st.lists(looks, min_size=1, max_size=10).map(
    lambda rows: [Referent(f"thing_{index}", *row) for index, row in enumerate(rows)]
)

RED_MUG = Referent("red_mug", "mug", "red", "", (-0.1, 0.5))
BLUE_MUG = Referent("blue_mug", "mug", "blue", "small", (0.1, 0.5))
BALL = Referent("ball", "ball", "red", "", (0.1, 0.6))
TABLE = [RED_MUG, BLUE_MUG, BALL]


@settings(max_examples=200, deadline=None)
@given(tables, st.integers(0, 2**32 - 1))
def test_resolve_is_the_inverse_of_writing(things, seed):
    for said in instructions(things, np.random.default_rng(seed), absent=0.2, ambiguous=0.2):
        assert set(resolve(said.text, things)) == set(said.targets), said


@settings(max_examples=100, deadline=None)
@given(tables, st.integers(0, 2**32 - 1))
def test_types_tell_how_many_are_meant_and_hidden_things_never_are(things, seed):
    visible = {thing.name for thing in things if thing.visible}
    for said in instructions(things, np.random.default_rng(seed), absent=0.3, ambiguous=0.3):
        count = len(said.targets)
        assert {"absent": count == 0, "ambiguous": count > 1}.get(said.type, count == 1)
        assert set(said.targets) <= visible


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Pick up the red mug.", {"red_mug"}),
        ("could you pass me the small coffee mug please", {"blue_mug"}),
        ("the ball", {"ball"}),
        ("grab the mug", {"red_mug", "blue_mug"}),
        ("grab the banana", set()),
        ("take the leftmost object", {"red_mug"}),
        ("take the thing furthest from me", {"ball"}),
        ("get the mug to the right of the red mug", {"blue_mug"}),
        ("get the mug in front of the ball", {"blue_mug"}),
        ("get the mug behind the ball", set()),
        ("give me the red one", {"red_mug", "ball"}),
        ("the big mug", set()),
    ],
)
def test_what_instructions_mean(text, names):
    assert set(resolve(text, TABLE)) == names


@pytest.mark.parametrize("text", ["", "hello", "pick up the", "pick up the quick mug", "the mug next to the ball"])
def test_text_outside_the_grammar_is_refused_by_name(text):
    with pytest.raises(ValueError, match="cannot understand"):
        resolve(text, TABLE)


def test_relation_needs_a_clear_margin_along_its_main_axis():
    near = [RED_MUG, Referent("ball", "ball", "red", "", (-0.12, 0.5))]
    assert resolve("the ball left of the mug", near) == ()
    diagonal = [RED_MUG, Referent("ball", "ball", "red", "", (-0.2, 0.7))]
    assert resolve("the ball left of the mug", diagonal) == ()
    assert resolve("the ball behind the mug", diagonal) == ("ball",)


def test_every_specific_noun_belongs_to_one_kind():
    specific = [noun for kind in KINDS.values() for noun in kind.nouns]
    assert len(specific) == len(set(specific))
    assert not set(specific) & {*GENERIC, *COLOURS}
    assert all(len(NOUNS[noun]) == 1 for noun in specific)


def test_all_kinds_of_instruction_are_written_in_many_phrasings():
    rng = np.random.default_rng(0)
    said = [s for _ in range(60) for s in instructions(TABLE, rng)]
    assert {s.type for s in said} == {"name", "attribute", "relation", "absent", "ambiguous"}
    assert len({s.text.split(" the ")[0] for s in said}) > 15


def test_parse_separates_relation_and_anchor():
    reference = parse("please grab the small red mug left of the gray toy car")
    assert (reference.phrase.size, reference.phrase.colour, reference.phrase.noun) == ("small", "red", "mug")
    assert (reference.relation, str(reference.anchor)) == ("left of", "gray toy car")
