"""What instructions mean, and that those written are true, in one notion of meaning with those understood."""

import re
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.data.augment import swap_sides
from lggd_ros.tabletop.colours import COLOURS
from lggd_ros.tabletop.kinds import KINDS, NOVEL_KINDS, SEEN_KINDS
from lggd_ros.tabletop.language import Phrase, Referent, Style, denote, instructions, parse, resolve, vocabulary
from lggd_ros.tabletop.language.phrasing import KNOWN_WORDS, mistype
from lggd_ros.tabletop.language.vocabulary import DEBATABLE, EXTREMES, GENERIC, HYPERNYMS, NOUNS, PARTS, RELATIONS

positions = st.tuples(st.floats(-0.2, 0.2), st.floats(0.35, 0.65))


@st.composite
def tables(draw, most=10):
    things = []
    for index in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(sorted(SEEN_KINDS)[:12]))  # few kinds, so that words must decide
        looks = [st.sampled_from(words) for words in (COLOURS[:4], ("", "small", "large"))]
        thing = Referent(f"thing_{index}", kind, *map(draw, looks), draw(positions), draw(st.integers(0, 4)) > 0)
        material, shape = draw(st.sampled_from(("", "metal", "wood"))), draw(st.sampled_from(("", "round", "flat")))
        on = draw(st.sampled_from(["", "", *(other.name for other in things)]))
        parts = draw(st.sampled_from(((), ("handle",), ("handle", "head"))))
        extent = draw(st.floats(0.03, 0.12))
        things.append(replace(thing, material=material, shape=shape, on=on, parts=parts, grips=parts, extent=extent))
    return things


wordings = st.sampled_from(["trained", "held out"])
seeds = st.integers(0, 2**32 - 1)


def written(things, seed, **style):
    return instructions(things, np.random.default_rng(seed), style=Style(**{"typos": 0.0, **style}))


@settings(max_examples=150, deadline=None)
@given(tables(), seeds, wordings)
def test_what_is_written_is_understood_as_it_was_meant(things, seed, wording):
    for said in written(things, seed, absent=0.2, ambiguous=0.2, wording=wording):
        reference = parse(said.text)
        assert set(denote(reference, things)) == set(said.targets), said
        assert {thing.name for thing in things if reference.phrase.fits(thing)} == set(said.candidates), said
        fitting = {thing.name for anchor in reference.anchors for thing in things if anchor.fits(thing)}
        assert fitting == set(said.anchors) and reference.held_by == said.part, said
        assert said.relation == (RELATIONS[reference.relation] if reference.relation else ""), said
        assert said.rank == (EXTREMES[reference.extreme] if reference.extreme else None), said


@settings(max_examples=100, deadline=None)
@given(tables(), seeds)
def test_types_tell_how_many_are_meant_and_hidden_things_never_are(things, seed):
    visible = {thing.name for thing in things if thing.visible}
    for said in written(things, seed, absent=0.3, ambiguous=0.3):
        count = len(said.targets)
        assert {"absent": count == 0, "ambiguous": count > 1}.get(said.type, count == 1)
        assert {*said.targets, *said.anchors} <= visible
        assert count == 0 or set(said.targets) <= set(said.candidates)
        assert bool(said.part) == (said.type == "part") and (said.type != "relation" or said.anchors)


@settings(max_examples=100, deadline=None)
@given(tables(), seeds, wordings)
def test_a_mirrored_table_is_told_in_mirrored_words(things, seed, wording):
    mirrored = [replace(thing, position=(-thing.position[0], thing.position[1])) for thing in things]
    for said in written(things, seed, wording=wording):
        assert set(resolve(swap_sides(said.text), mirrored)) == set(said.targets), said


@given(seeds)
def test_typing_errors_spare_the_words_that_a_mirror_swaps(seed):
    text = "pick the leftmost mug right of bowl"
    slipped = mistype(text, Random(seed)).split()
    assert (slipped[2], slipped[4]) == ("leftmost", "right") and slipped[1] == "the"


@given(st.sampled_from(sorted(NOUNS)), seeds)
def test_a_typing_error_is_one_slip_in_at_most_two_words(noun, seed):
    before = f"please grab the purple {noun} by its handle"
    pairs = list(zip(before.split(), mistype(before, Random(seed)).split(), strict=True))
    changed = [(old, new) for old, new in pairs if old != new]
    assert len(changed) <= 2
    for old, new in changed:
        assert abs(len(old) - len(new)) <= 1 and new not in KNOWN_WORDS and len(old) >= 4


RED_MUG = Referent("red_mug", "mug", "red", "", (-0.1, 0.5), material="ceramic", extent=0.08, parts=("handle", "body"))
BLUE_MUG = Referent("blue_mug", "mug", "blue", "small", (0.1, 0.5), material="metal", parts=("handle", "body"))
BALL = Referent("ball", "ball", "red", "", (0.1, 0.6), shape="round", extent=0.05)
BOOK = Referent("book", "book", "green", "", (0.0, 0.4), shape="flat", extent=0.06)
CAR = Referent("car", "car", "yellow", "", (0.0, 0.41), extent=0.04, on="book")
TABLE = [RED_MUG, BLUE_MUG, BALL, BOOK, CAR]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Pick up the red mug.", {"red_mug"}),
        ("red mug", {"red_mug"}),
        ("mug, please!", {"red_mug", "blue_mug"}),
        ("could you pass me the small coffee mug please", {"blue_mug"}),
        ("grab the banana", set()),
        ("give me the red one", {"red_mug", "ball"}),
        ("i need the metal mug", {"blue_mug"}),
        ("the blue metallic coffee mug", {"blue_mug"}),
        ("get me the round thing", {"ball"}),
        ("the round red ball", {"ball"}),
        ("the red round ball", {"ball"}),
        ("pass me the toy", {"car"}),
        ("fetch the drink container", {"red_mug", "blue_mug"}),
        ("the big mug", set()),
        ("take the leftmost object", {"red_mug"}),
        ("take the thing furthest from me", {"ball"}),
        ("the mug on the right", {"blue_mug"}),
        ("the second mug from the left", {"blue_mug"}),
        ("the third mug from the left", set()),
        ("the second closest mug", {"red_mug", "blue_mug"}),  # equally far away
        ("the largest thing", {"red_mug"}),
        ("the smallest mug", {"blue_mug"}),
        ("get the mug to the right of the red mug", {"blue_mug"}),
        ("get the mug in front of the ball", {"blue_mug"}),
        ("get the mug behind the ball", set()),
        ("the mug nearest to the ball", {"blue_mug"}),
        ("the mug next to the ball", {"blue_mug"}),
        ("the ball next to the book", set()),
        ("the thing on the book", {"car"}),
        ("the car lying on top of the green book", {"car"}),
        ("the car next to the book", set()),  # it is on it
        ("the thing between the red mug and the blue mug", set()),
        ("the book between the red mug and the blue mug", set()),
        ("the mug by its handle", {"red_mug", "blue_mug"}),
        ("grab the handle of the red mug", {"red_mug"}),
        ("take the ball by its handle", set()),
    ],
)
def test_what_instructions_mean(text, names):
    assert set(resolve(text, TABLE)) == names


@pytest.mark.parametrize("text", ["", "hello", "pick up the", "pick up the quick mug", "the red blue mug", "mug by it"])
def test_text_outside_the_grammar_is_refused_by_name(text):
    with pytest.raises(ValueError, match="cannot understand"):
        resolve(text, TABLE)


def test_between_is_beside_the_line_and_inside_its_ends():
    def things(x, y):
        return [RED_MUG, BLUE_MUG, replace(BALL, position=(x, y))]

    text = "the ball between the red mug and the blue mug"
    assert resolve(text, things(0.0, 0.52)) == ("ball",)
    assert resolve(text, things(0.0, 0.58)) == () == resolve(text, things(0.09, 0.5)) == resolve(text, things(0.2, 0.5))


def test_relation_needs_a_clear_margin_along_its_main_axis():
    near = [RED_MUG, replace(BALL, position=(-0.12, 0.5))]
    assert resolve("the ball left of the mug", near) == ()
    diagonal = [RED_MUG, replace(BALL, position=(-0.2, 0.7))]
    assert resolve("the ball left of the mug", diagonal) == ()
    assert resolve("the ball behind the mug", diagonal) == ("ball",)


def test_parse_separates_relation_anchor_and_part():
    reference = parse("please grab the small red mug left of the gray toy car by its handle")
    assert reference.phrase == Phrase("mug", "red", "small")
    assert (reference.relation, reference.anchors) == ("{} left of {}", (Phrase("toy car", "gray"),))
    assert reference.held_by == "handle"
    assert str(reference) == "the small red mug left of the gray toy car by its handle"


def test_what_people_may_disagree_about_is_not_said():
    cup = Referent("cup", "cup", "green", "", (0.0, 0.5))
    said = [s for seed in range(40) for s in written([cup, RED_MUG], seed)]
    assert not [s for s in said if "cup" in s.candidates and "red_mug" not in s.candidates and "the cup" in s.text]
    assert any(s.targets == ("cup",) for s in said)


def test_every_noun_of_a_kind_is_its_own_and_begins_with_no_adjective():
    specific = {noun for noun in NOUNS if noun not in GENERIC and len(NOUNS[noun]) == 1}
    assert all(len(NOUNS[noun]) == 1 for family in KINDS.values() for noun in family.nouns if noun in set(NOUNS))
    assert {kind for noun in specific for kind in NOUNS[noun]} == set(KINDS)
    assert not [noun for noun in specific if noun.split()[0] in {*vocabulary.COLOUR_WORDS, *vocabulary.MATERIAL_WORDS}]
    assert {kind for kinds in (*HYPERNYMS.values(), *DEBATABLE.values()) for kind in kinds} <= set(KINDS)
    assert set(DEBATABLE) <= set(NOUNS)


def test_every_part_that_things_have_has_a_word():
    rng, colours = np.random.default_rng(0), ((0.5, 0.5, 0.5, 1.0),) * 2
    labels = {part.label for family in KINDS.values() for part in family.build(rng, *colours)}
    assert labels - {""} <= set(PARTS.meanings)


def test_all_types_are_written_about_all_things_in_many_ways():
    table = [replace(thing, grips=thing.parts) for thing in TABLE]
    said = [s for seed in range(40) for s in written(table, seed)]
    counts = {kind: sum(s.type == kind for s in said) / len(said) for kind in {s.type for s in said}}
    assert set(counts) == {"name", "attribute", "relation", "superlative", "ordinal", "part", "absent", "ambiguous"}
    assert 0.05 < counts["absent"] < 0.25 and 0.03 < counts["ambiguous"] < 0.2 and counts["relation"] > 0.12
    meant = [sum(s.targets == (thing.name,) for s in said) for thing in table]
    assert min(meant) > 0.1 * sum(meant)
    assert len({s.text.split(" the ")[0] for s in said}) > 25


def _forms(by_meaning):
    return [form for forms in by_meaning.values() for form in forms]


def test_novel_words_and_kinds_are_never_said_in_training():
    lexicons = [value for value in vars(vocabulary).values() if isinstance(value, vocabulary.Lexicon)]
    assert len(lexicons) == 9 and not any(
        set(_forms(words.trained)) & set(_forms(words.held_out)) for words in lexicons
    )
    novel_names = {noun for kind in NOVEL_KINDS for noun in KINDS[kind].nouns}
    said = {s.text for seed in range(60) for s in written(TABLE, seed)}
    held_out = {s.text for seed in range(60) for s in written(TABLE, seed, wording="held out")}
    assert not said & held_out
    assert not [text for text in said if set(text.split()) & novel_names]
    requests = re.compile("|".join(re.escape(f).replace(r"\{\}", ".+") for f in _forms(vocabulary.REQUESTS.held_out)))
    assert all(requests.fullmatch(text) for text in held_out)
    assert not any(requests.fullmatch(text) for text in said)


def spoon(name, extent, size="", **changes):
    return Referent(name, "spoon", changes.pop("colour", "red"), size, (0.1 * extent, 0.5), extent=extent, **changes)


@pytest.mark.parametrize(
    ("things", "said"),
    [
        ([spoon("a", 0.04, "small"), spoon("b", 0.06, "large")], True),
        ([spoon("a", 0.04, "small"), spoon("b", 0.045), spoon("c", 0.06, "large")], False),  # hardly smaller
        ([spoon("a", 0.04, "small"), spoon("b", 0.06, "large", visible=False)], False),  # beside what?
        ([spoon("a", 0.04, "small"), spoon("b", 0.045, colour="blue"), spoon("c", 0.06, "large")], False),
    ],
)
def test_a_thing_is_called_small_where_that_is_plain_to_see(things, said):
    texts = [s.text for seed in range(60) for s in written(things, seed, absent=0.0, ambiguous=0.0)]
    assert texts and any(re.search(r"(small|little) spoon", text) for text in texts) == said


def test_small_among_others_is_told_by_colour_where_sizes_are_alike():
    things = [spoon("a", 0.04, "small"), spoon("b", 0.045, colour="blue"), spoon("c", 0.06, "large")]
    texts = [s.text for seed in range(60) for s in written(things, seed, absent=0.0, ambiguous=0.0)]
    assert any(re.search(r"(small|little) red spoon", text) for text in texts)


def test_parts_are_named_with_the_thing_whose_they_are():
    """A can has a lid, too, but none to take it by."""
    marker = Referent("marker", "marker", "black", "", (0.0, 0.5), parts=("lid",), grips=("lid",))
    can = Referent("can", "can", "red", "", (0.2, 0.5))
    parts = [s.text for seed in range(60) for s in written([marker, can], seed) if s.type == "part"]
    assert parts and not [text for text in parts if re.search(rf"\b({'|'.join(GENERIC)})\b", text)]


def test_wider_nouns_have_held_out_forms_too():
    apple = Referent("apple", "apple", "red", "", (0.0, 0.5))
    said = " ".join(s.text for seed in range(60) for s in written([apple, RED_MUG], seed, wording="held out"))
    assert "piece of fruit" in said and not re.search(r"(?<!piece of )\bfruit", said)
