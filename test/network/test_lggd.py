"""The assembled network, its parts and the paper's preset."""

import pytest
import torch
from torch.nn import functional as F

from lggd_ros.network import LGGD, LGGDConfig, activate
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.fusion import DCVLF
from lggd_ros.network.heads import LDCH, MAPS
from lggd_ros.network.layers import attend

TEXTS = ["the red mug", "pick up the small bowl left of the banana"]


def tiny_config(**changes):
    sizes = {"image_size": (64, 96), "image_width": 8, "image_layers": (1, 1, 1, 1), "embed_dim": 32, "text_width": 32}
    sizes |= {"text_layers": 1, "text_heads": 2, "fusion_width": 32, "fusion_heads": 2, "fusion_hidden": 32}
    sizes |= {"skip_widths": (8, 8, 8), "decoder_widths": (16, 16, 16), "head_width": 8, "refine_widths": (8, 8, 8, 8)}
    return LGGDConfig.tabletop().with_(**{**sizes, **changes})


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return LGGD(tiny_config()).eval()


def test_output_has_coarse_refined_and_match(tiny):
    output = tiny(torch.rand(2, 4, 128, 192), tiny.tokenize(TEXTS))
    assert output.coarse.shape == (2, len(MAPS), 16, 24)
    assert output.refined.shape == (2, len(MAPS), 32, 48)
    assert output.match.shape == (2, 3)


def test_activated_maps_keep_their_ranges():
    maps = activate(torch.randn(1, 5, 8, 8) * 10)
    assert maps.min() >= -1 and maps.max() <= 1
    assert maps[:, [0, 1, 4]].min() >= 0
    assert maps[:, 2:4].min() < 0


def test_one_image_encoded_once_answers_as_pairs_do(tiny):
    image = torch.rand(1, 4, 128, 192)
    tokens = tiny.tokenize(TEXTS)
    shared = tiny.answer(tiny.encode_image(image).select(torch.tensor([0, 0])), tiny.encode_text(tokens))
    paired = tiny(image.expand(2, -1, -1, -1), tokens)
    torch.testing.assert_close(shared.refined, paired.refined, atol=1e-5, rtol=1e-4)


def test_the_sentence_changes_the_answer(tiny):
    image = torch.rand(1, 4, 128, 192).expand(2, -1, -1, -1)
    output = tiny(image, tiny.tokenize(TEXTS))
    assert not torch.allclose(output.coarse[0], output.coarse[1], atol=1e-3)


def test_image_of_another_size_is_refused(tiny):
    with pytest.raises(ValueError, match="4, 128, 192"):
        tiny(torch.rand(1, 4, 64, 96), tiny.tokenize(TEXTS[:1]))


@pytest.mark.parametrize(
    "changes",
    [
        {"image_stride": 8},
        {"image_size": (60, 96)},
        {"fusion_width": 30},
        {"things": -1},
        {"detail": 0},
        {"relief": True, "pretrained": "openai"},
    ],
)
def test_impossible_configurations_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        tiny_config(**changes)


def test_dynamic_head_equals_a_convolution_per_sample():
    torch.manual_seed(0)
    head, x, sentence = LDCH(6, 12, 4, 3), torch.randn(5, 6, 9, 7), torch.randn(5, 12)
    together = head(x, sentence)
    for sample in range(len(x)):
        weights = head.gate(sentence[sample]).softmax(-1)
        for number in range(len(MAPS)):
            wide = F.conv2d(x[sample : sample + 1], head.widen[number][..., None, None])
            kernel = torch.einsum("k,kwij->wij", weights, head.kernels[:, number])[None]
            alone = F.conv2d(wide, kernel, (weights @ head.biases[:, number])[None], padding=1)
            torch.testing.assert_close(together[sample, number], alone[0, 0], atol=1e-5, rtol=1e-4)


def test_attention_equals_torchs():
    query, memory = torch.randn(2, 5, 8), torch.randn(2, 7, 8)
    padding = torch.tensor([[False] * 7, [False] * 4 + [True] * 3])
    heads = [x.unflatten(-1, (2, 4)).transpose(1, 2) for x in (query, memory, memory)]
    expected = F.scaled_dot_product_attention(*heads, attn_mask=~padding[:, None, None]).transpose(1, 2).flatten(2)
    mixed, weights = attend(query, memory, memory, 2, padding[:, None, None])
    torch.testing.assert_close(mixed, expected)
    assert weights[1, ..., 4:].abs().max() == 0


def test_padding_words_do_not_reach_the_grid():
    torch.manual_seed(0)
    fusion = DCVLF(tiny_config(image_size=(32, 64), things=0)).eval()
    tokens = fusion.look(torch.randn(1, 32, 2, 4))
    words, padding = torch.randn(1, 4, 32), torch.tensor([[False, False, True, True]])
    noisy = words.clone()
    noisy[:, 2:] += 5
    quiet, loud = (fusion(tokens, Sentences(w, padding, torch.zeros(1, 32)), (2, 4)) for w in (words, noisy))
    torch.testing.assert_close(quiet, loud)


@pytest.fixture(scope="module")
def rn50():
    torch.manual_seed(0)
    return LGGD(LGGDConfig.rn50(pretrained=None))


def test_the_papers_network_has_its_size(rn50):
    total = sum(p.numel() for p in rn50.parameters())
    trainable = sum(p.numel() for p in rn50.parameters() if p.requires_grad)
    assert total == pytest.approx(171.76e6, rel=0.05)
    assert trainable == pytest.approx(67.70e6, rel=0.05)


def test_the_papers_encoders_are_frozen_for_real(rn50):
    """Even where the optimizer is given them and decays weights: no gradients, batch statistics included."""
    before = {name: value.clone() for name, value in rn50.state_dict().items()}
    output = rn50.train()(torch.rand(2, 3, 224, 224), rn50.tokenize(TEXTS))
    (output.refined.mean() + output.match.sum()).backward()
    torch.optim.SGD(rn50.parameters(), lr=0.1, weight_decay=0.1).step()
    encoders = (rn50.image_encoder, rn50.text_encoder)
    assert all(p.grad is None and not p.requires_grad for encoder in encoders for p in encoder.parameters())
    changed = {name for name, value in rn50.state_dict().items() if not torch.equal(value, before[name])}
    assert not any(name.startswith(("image_encoder", "text_encoder")) for name in changed)
    statistics = {name for name in before if name.endswith("running_mean")}
    assert {name for name in statistics if "encoder" not in name} == statistics & changed
    assert len(statistics - changed) > 50 and "fusion.visual.weight" in changed
