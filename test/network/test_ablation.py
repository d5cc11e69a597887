"""The paper's ablation: every part can give way to its plain counterpart, and the network stays whole."""

import pytest
import torch
from test_lggd import TEXTS, tiny_config
from torch import nn

from lggd_ros.network import LGGD, LGGDConfig, load_checkpoint, save_checkpoint
from lggd_ros.network.config import PARTS
from lggd_ros.network.fusion import DCVLF
from lggd_ros.network.heads import LDCH
from lggd_ros.network.layers import resize
from lggd_ros.network.refinement import Refinement
from lggd_ros.network.upsampling import LMAFN

CLASSES = {"dcvlf": DCVLF, "lmafn": LMAFN, "rm": Refinement, "ldch": LDCH}
ROWS = [PARTS[:count] for count in range(len(PARTS) + 1)]  # of the paper's table
WITHOUT_ONE = [tuple(part for part in PARTS if part != missing) for missing in PARTS]


def network_with(parts, **changes):
    torch.manual_seed(0)
    return LGGD(tiny_config(parts=parts, **changes))


def parts_of(network: nn.Module) -> set[str]:
    return {name for name, kind in CLASSES.items() if any(isinstance(module, kind) for module in network.modules())}


def test_all_parts_are_there_unless_told_otherwise():
    assert LGGDConfig.rn50(None).parts == LGGDConfig.tabletop().parts == PARTS
    assert parts_of(network_with(PARTS)) == set(PARTS)


@pytest.mark.parametrize("parts", ROWS + WITHOUT_ONE[:-1], ids="+".join)
def test_exactly_the_named_parts_are_there_and_all_that_is_there_is_trained(parts):
    """A parameter without a gradient would stop data-parallel training."""
    network = network_with(parts)
    assert parts_of(network) == set(parts)
    output = network(torch.rand(2, 4, 128, 192), network.tokenize(TEXTS))
    assert output.coarse.shape == (2, 5, 16, 24) and output.refined.shape == (2, 5, 32, 48)
    (output.coarse.square().sum() + output.refined.square().sum() + output.match.square().sum()).backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_without_any_part_the_sentence_still_changes_the_answer_and_words_do_not():
    network = network_with((), things=0).eval()
    view, said = network.encode_image(torch.rand(1, 4, 128, 192)), network.encode_text(network.tokenize(TEXTS[:1]))
    coarse = network.answer(view, said).coarse
    assert torch.equal(coarse, network.answer(view, said._replace(words=said.words + 1)).coarse)
    assert not torch.allclose(coarse, network.answer(view, said._replace(sentence=-said.sentence)).coarse, atol=1e-4)


def test_plain_upsampling_and_head_do_not_hear_the_sentence():
    network = network_with(("dcvlf",)).eval()
    view, fused = network.encode_image(torch.rand(1, 4, 128, 192)), torch.randn(1, 32, 4, 6)
    said = network.encode_text(network.tokenize(TEXTS[:1]))
    other = said._replace(sentence=-said.sentence)
    assert torch.equal(network.decode(fused, view, said).coarse, network.decode(fused, view, other).coarse)


def test_plain_refinement_adds_nothing():
    network = network_with(("dcvlf", "lmafn", "ldch"), things=0).eval()
    output = network(torch.rand(1, 4, 128, 192), network.tokenize(TEXTS[:1]))
    assert torch.equal(output.refined, resize(output.coarse, (32, 48)))


def test_the_papers_network_loses_parameters_with_every_part_taken_away():
    with torch.device("meta"):
        sizes = [sum(p.numel() for p in LGGD(LGGDConfig.rn50(None).with_(parts=row)).parameters()) for row in ROWS]
    assert sizes == sorted(set(sizes))


def test_a_checkpoint_knows_its_parts(tmp_path):
    network = network_with(("dcvlf", "rm")).eval()
    save_checkpoint(tmp_path / "net.safetensors", network, {}, half=False)
    loaded = load_checkpoint(tmp_path / "net.safetensors").network
    assert loaded.config.parts == ("dcvlf", "rm")
    image, tokens = torch.rand(1, 4, 128, 192), network.tokenize(TEXTS[:1])
    assert torch.equal(loaded(image, tokens).refined, network(image, tokens).refined)


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match=r"\['wings'\]; known: dcvlf, lmafn, rm, ldch"):
        tiny_config(parts=["wings"])


def test_settings_come_as_yaml_has_them():
    assert tiny_config(parts=["rm"], image_size=[64, 96]) == tiny_config(parts=("rm",))
    with pytest.raises(ValueError, match="no 'wings'; known: image_size, "):
        tiny_config(wings=2)
