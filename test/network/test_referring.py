"""Ranks and relations, computed on grids where the truth is known."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_lggd import TEXTS, tiny_config

from lggd_ros.network import LGGD
from lggd_ros.network.referring import ORDERS, RANKS, Layout, displacements, nearest, ranks
from lggd_ros.training.referral import layout_loss, true_layout

ROWS, COLUMNS = 6, 8
cells = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))


def table(instances):
    """Layout of a grid of instance ids, a cell being four pixels wide; and each cell's share of its thing."""
    pixels = torch.tensor(instances, dtype=torch.uint8).repeat_interleave(4, 0).repeat_interleave(4, 1)[None]
    layout, shown = true_layout(pixels, (ROWS, COLUMNS))
    return layout, shown > 0, torch.exp(-layout.area) * (shown > 0)


def scattered(places):
    grid = [[0] * COLUMNS for _ in range(ROWS)]
    for number, (row, column) in enumerate(places, start=1):
        grid[row][column] = number
    return grid


@settings(max_examples=50, deadline=None)
@given(st.lists(cells, min_size=3, max_size=5, unique_by=lambda place: place[1]))
def test_the_second_from_the_left_has_one_thing_left_of_it(places):
    layout, shows, weight = table(scattered(places))
    truth = ranks(layout, weight).view(ROWS, COLUMNS, len(ORDERS), RANKS)[:, :, 0]
    for rank, (row, column) in enumerate(sorted(places, key=lambda place: place[1])[:RANKS]):
        assert truth[row, column].argmax() == rank and truth[row, column, rank] > 0.6


def test_a_large_thing_counts_once():
    grid = scattered([(1, 6)])
    for row in range(2, 5):
        grid[row][0:4] = [2] * 4
    layout, _, weight = table(grid)
    truth = ranks(layout, weight).view(ROWS, COLUMNS, len(ORDERS), RANKS)
    assert truth[1, 6, ORDERS.index("left")].argmax() == 1
    assert truth[3, 1, ORDERS.index("large")].argmax() == 0 and truth[1, 6, ORDERS.index("large")].argmax() == 1
    assert layout.centre.view(ROWS, COLUMNS, 2)[3, 1].tolist() == [2.0, 3.5]


def test_the_nearest_is_not_the_anchor_itself():
    layout, _, weight = table(scattered([(2, 1), (2, 3), (2, 7)]))
    anchor = torch.zeros(1, ROWS * COLUMNS)
    anchor[0, 2 * COLUMNS + 1] = 1
    seen = displacements(layout, anchor)
    truth = nearest(seen, weight, anchor).view(ROWS, COLUMNS)
    assert truth[2, 3] > 0.9 and truth[2, 7] < 0.3
    assert (4 * seen[0, 2 * COLUMNS + 3, :3]).tolist() == pytest.approx([2, 0, 2], abs=0.01)


def test_what_lies_before_a_thing_is_counted_among_candidates_only():
    layout, _, weight = table(scattered([(1, 1), (3, 4), (4, 6)]))
    weight[0, COLUMNS + 1] = 0
    left = ranks(layout, weight).view(ROWS, COLUMNS, len(ORDERS), RANKS)[:, :, 0]
    assert left[3, 4].argmax() == 0 and left[4, 6].argmax() == 1


def test_layout_is_asked_of_cells_that_show_a_thing():
    layout, shows, _ = table(scattered([(1, 1), (3, 4)]))
    elsewhere = Layout(layout.centre + 3 * ~shows[..., None], layout.area + 3 * ~shows)
    assert shows.sum() == 2 and layout_loss(elsewhere, layout, shows) == 0
    assert layout_loss(Layout(layout.centre + 1, layout.area), layout, shows) > 0


def test_what_is_meant_reaches_the_answer():
    torch.manual_seed(0)
    network = LGGD(tiny_config()).eval()
    before = network(image := torch.rand(2, 3, 64, 96), tokens := network.tokenize(TEXTS))
    with torch.no_grad():
        network.fusion.referring.sense.bias += torch.randn(network.fusion.referring.sense.bias.shape) * 5
    after = network(image, tokens)
    assert not torch.allclose(before.refined, after.refined) and not torch.allclose(before.match, after.match)


def test_it_needs_the_space_that_words_and_cells_share():
    with pytest.raises(ValueError, match="referring needs sentence_product"):
        tiny_config(sentence_product=False)
