"""What a grasp holds, by which part it is asked for, and what has that part."""

import torch

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.holding import HOLDS, LEAST, Hold, Holding
from lggd_ros.network.lggd import LGGD
from lggd_ros.tabletop.language.vocabulary import PARTS

SURE = 20.0
HANDLE, RIM = HOLDS.index("handle"), HOLDS.index("rim")


def logits(*names):
    """(len(names), H): sure of each."""
    return SURE * torch.eye(len(HOLDS))[[HOLDS.index(name) for name in names]]


def shown(*names):
    """(1, H, 1, W): a row of cells, each sure to show a part."""
    return logits(*names).T[None, :, None]


def test_every_part_that_can_be_said_has_a_place():
    assert set(PARTS.meanings) == set(HOLDS) - {""}


def test_grasps_by_the_part_asked_for_are_worth_all_others_nothing():
    hold = Hold(logits("handle"), shown("rim", "handle", ""))
    assert torch.allclose(hold.worth, torch.tensor([[[LEAST, 1.0, LEAST]]]), atol=1e-3)


def test_where_no_part_is_asked_for_every_grasp_is_worth_the_same():
    assert torch.allclose(Hold(logits(""), shown("rim", "handle", "")).worth, torch.ones(1, 1, 3), atol=1e-3)


def test_in_doubt_worth_is_a_probability():
    hold = Hold(torch.zeros(1, len(HOLDS)), torch.zeros(1, len(HOLDS), 2, 2))
    part = (len(HOLDS) - 1) / len(HOLDS) ** 2
    assert torch.allclose(hold.worth, torch.full((1, 2, 2), 1 / len(HOLDS) + part))


def test_a_word_may_ask_for_a_part():
    torch.manual_seed(0)
    config = LGGDConfig.tabletop()
    holding = Holding(config).eval()
    torch.nn.init.normal_(holding.words.value.weight)
    words, sentence = torch.randn(2, 3, config.text_width), torch.zeros(2, config.embed_dim)
    padding = torch.tensor([[False, False, True], [False, False, False]])
    x = torch.randn(2, config.decoder_widths[-1], 4, 6)
    asked = holding(x, Sentences(words, padding, sentence)).asked
    changed = words.clone()
    changed[:, 2] = 9.0
    again = holding(x, Sentences(changed, padding, sentence)).asked
    assert torch.equal(asked[0], again[0]) and not torch.allclose(asked[1], again[1], atol=1e-3)


def test_the_networks_grasps_follow_the_part_asked_for():
    torch.manual_seed(0)
    network = LGGD(LGGDConfig.tabletop()).eval()
    with torch.no_grad():
        network.holding.shown[-1].weight.zero_(), network.holding.shown[-1].bias.copy_(logits("rim")[0])
        network.holding.sentence.weight.zero_(), network.holding.sentence.bias.zero_()
        quality = {}
        for part in ("", "rim", "handle"):
            network.holding.sentence.bias.copy_(logits(part)[0])
            quality[part] = network(torch.zeros(1, 4, 384, 512), network.tokenize(["the mug"])).coarse[0, 1]
    assert torch.allclose(quality["rim"], quality[""], atol=1e-3)
    assert torch.allclose(quality["handle"], quality[""] + torch.tensor(LEAST).log(), atol=1e-3)


def test_things_without_the_part_asked_for_are_not_meant():
    torch.manual_seed(0)
    config = LGGDConfig.tabletop()
    holding = Holding(config).eval()
    things = torch.eye(2, config.embed_dim)[None].expand(3, -1, -1)  # the first has a rim, the second a handle
    with torch.no_grad():
        holding.of_things.bias.fill_(-SURE), holding.of_things.weight[:, :2].copy_(logits("rim", "handle").T)
        holding.sentence.weight[:, :3].copy_(logits("", "rim", "handle").T), holding.sentence.bias.zero_()
    sentences = Sentences(
        torch.zeros(3, 1, config.text_width), torch.zeros(3, 1, dtype=torch.bool), torch.eye(3, config.embed_dim)
    )
    expected = torch.tensor([[1.0, 1.0], [1.0, LEAST], [LEAST, 1.0]])
    assert torch.allclose(holding.having(things, sentences), expected, atol=1e-3)
