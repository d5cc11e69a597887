"""Ranks and relations, computed on tables where the truth is known."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_lggd import TEXTS, tiny_config

from lggd_ros.network import LGGD, activate
from lggd_ros.network.referring import (
    EVIDENCE,
    ORDERS,
    RANKS,
    Referral,
    both,
    displacements,
    divided,
    evidence,
    nearest,
    ranks,
)
from lggd_ros.network.things import Things

ROWS, COLUMNS = 6, 8
cells = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))


def table(places, sizes=None):
    """Things in cells (row, column) of a grid, and how large they are compared with one another."""
    centre = torch.tensor([[(column + 0.5, row + 0.5) for row, column in places]])
    size, nothing = torch.tensor([sizes or [1.0] * len(places)]).log(), torch.zeros(1, len(places))
    return Things(torch.zeros(1, len(places), 4), nothing + 1, centre, nothing, size, torch.zeros(1, 0))


def ranked(things, candidate=None):
    truth = ranks(things, things.there if candidate is None else torch.tensor([candidate]))
    return truth[0].unflatten(1, (len(ORDERS), RANKS))


@settings(max_examples=50, deadline=None)
@given(st.lists(cells, min_size=3, max_size=5, unique_by=lambda place: place[1]))
def test_the_second_from_the_left_has_one_thing_left_of_it(places):
    truth = ranked(table(places))[:, ORDERS.index("left")]
    for rank, place in enumerate(sorted(places, key=lambda place: place[1])[:RANKS]):
        here = truth[places.index(place)]
        assert here.argmax() == rank and here[rank] > 0.6


def test_the_largest_is_larger_by_a_fifth_at_least():
    truth = ranked(table([(1, 6), (3, 1)], [1.0, 1.25]))
    assert truth[1, ORDERS.index("large")].argmax() == 0 and truth[0, ORDERS.index("large")].argmax() == 1
    assert truth[0, ORDERS.index("small")].argmax() == 0


def test_the_nearest_is_not_the_anchor_itself():
    things, anchor = table([(2, 1), (2, 3), (2, 7)]), torch.tensor([[1.0, 0.0, 0.0]])
    seen = displacements(things, anchor)
    truth = nearest(seen, things.there, anchor)[0, :, 0]
    assert truth[1] > 0.9 and truth[2] < 0.3
    torch.testing.assert_close(4 * seen[0, 1, :3], torch.tensor([2.0, 0.0, 2.0]), atol=0.01, rtol=0)


def test_what_lies_before_a_thing_is_counted_among_candidates_only():
    left = ranked(table([(1, 1), (3, 4), (4, 6)]), [0.0, 1.0, 1.0])[:, ORDERS.index("left")]
    assert left[1].argmax() == 0 and left[2].argmax() == 1


def test_evidence_tells_one_from_several_and_leaves_out_what_is_not_there():
    things = table([(1, 1), (3, 4), (4, 6)])._replace(there=torch.tensor([[1.0, 1.0, 0.0]]))

    def told(*candidates):
        logits = torch.tensor([candidates])
        return evidence(things, Referral(logits, logits - 20, torch.zeros(1, 0), logits.sigmoid() * things.there))[0]

    one, two = told(9.0, -9.0, 9.0), told(9.0, 9.0, 9.0)
    assert one.shape == (EVIDENCE,) and one[:2].round().tolist() == [1, 1] and two[:2].round().tolist() == [2, 2]
    assert one[2:5].round().tolist() == [1, 0, 0] and two[5:8].round().tolist() == [1, 1, 0]


def test_fewer_than_three_things_give_as_much_evidence():
    assert evidence(table([(1, 1)]), Referral(*torch.zeros(2, 1, 1), torch.zeros(1, 0), torch.zeros(1, 1))).numel() == 9


def test_pixels_are_divided_among_what_may_be_meant_as_well_and_all_else_and_what_is_likeliest_meant_is_told():
    share = torch.eye(3).repeat_interleave(3, 1).view(1, 3, 1, 9) / 2  # half of three cells each
    things = table([(1, 1), (3, 4), (4, 6)])._replace(share=share)
    nothing = torch.zeros(1, 3)
    for meant, among, likeliest in ([0.5, 0.4, 0.1], [1, 0.64, 0.04], 0), ([0.02, 0.0, 0.04], [0.25, 0, 1], 2):
        shares = divided(things, Referral(nothing, nothing, nothing, torch.tensor([meant])))
        own, others, thing = shares[0].flatten(1)[:, ::3]
        assert own.tolist() == pytest.approx([share / 2 for share in among])
        assert (own + others).tolist() == pytest.approx([0.5] * 3)
        assert thing.tolist() == [0.5 if k == likeliest else 0 for k in range(3)]


def test_a_mask_is_what_the_decoder_sees_where_nothing_else_is_and_what_the_finder_sees():
    torch.manual_seed(0)
    network = LGGD(tiny_config()).eval()
    network.finder.out[1].bias.data[:2] += 9  # something is everywhere
    with torch.no_grad():
        output = network(torch.rand(1, 4, 128, 192), network.tokenize(TEXTS[:1]))
    seen = output.refined[:, 0].sigmoid()
    for own, others, mask in (1, 0, (seen + 1) / 2), (0, 0, seen / 2), (0, 1, 0 * seen), (0.5, 0.5, (seen + 1) / 4):
        shares = torch.tensor([own, others, own]).view(1, 3, 1, 1).expand_as(output.shares)
        maps = output._replace(shares=shares).maps
        assert torch.allclose(maps[:, 0], mask, atol=1e-6)
        assert torch.equal(maps[:, 1:5], activate(output.refined)[:, 1:])
        assert torch.equal(maps[:, 5], shares[:, 2])


def test_what_is_meant_reaches_the_answer():
    torch.manual_seed(0)
    network = LGGD(tiny_config()).eval()
    network.finder.out[1].bias.data[:2] += 9  # something is everywhere
    before = network(image := torch.rand(2, 4, 128, 192), tokens := network.tokenize(TEXTS))
    with torch.no_grad():
        network.referring.bias += 8
    after = network(image, tokens)
    assert not torch.allclose(before.refined, after.refined) and not torch.allclose(before.match, after.match)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_two_facts_hold_together_and_are_learnt_however_sure(dtype):
    logits = torch.tensor([-12.0, -1.0, 0.0, 3.0, 8.5], requires_grad=True)
    for probability in (1.0, 0.5, 0.01):
        together = both(logits.to(dtype), torch.full((5,), probability))
        assert torch.allclose(together.sigmoid(), logits.sigmoid() * probability, rtol=0.02)
    (gradient,) = torch.autograd.grad(both(logits.to(dtype), torch.ones(5)).sum(), logits)
    assert gradient.min() > 0.5


def test_what_lacks_the_part_to_hold_is_no_candidate():
    torch.manual_seed(0)
    network = LGGD(tiny_config()).eval()
    said = network.encode_text(network.tokenize(TEXTS[:1]))
    referring, things = network.referring, table([(1, 1), (5, 1)])
    things = things._replace(feature=torch.ones(1, 2, network.config.embed_dim) / network.config.embed_dim**0.5)
    with torch.no_grad():
        both, first = (referring(things, said, torch.tensor([having])) for having in ([1.0, 1.0], [1.0, 0.0]))
    assert both.candidates[0, 0] == both.candidates[0, 1] == first.candidates[0, 0] > first.candidates[0, 1] + 3
    assert torch.equal(both.anchors, first.anchors) and first.meant[0, 1] < 1e-4
