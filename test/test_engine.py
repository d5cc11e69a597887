"""The engine answers as the plain network does, whatever it does to be fast."""

import copy
import gc
import weakref

import numpy as np
import pytest
import torch

from lggd_ros import engine as fast
from lggd_ros.engine import Engine
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.picture import picture
from lggd_ros.network import LGGD, LGGDConfig

CONFIG = LGGDConfig.tabletop()
BOX = Letterbox((480, 640), CONFIG.input_size)
DEPTHS = [np.full((480, 640), 800, np.uint16), None]
IMAGES = list(np.random.default_rng(0).integers(0, 255, (2, 480, 640, 3), np.uint8))
TEXTS = ("the red mug", "the can left of the bowl")


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    """As on a processor without bfloat16."""
    monkeypatch.setattr(fast, "BFLOAT16", False)


@pytest.fixture(scope="module")
def network():
    """Batch normalisation as after training: fresh statistics would be folded into nothing."""
    torch.manual_seed(0)
    network = LGGD(CONFIG).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.2)
    torch.nn.init.normal_(network.refinement.mask.out.weight, 0, 0.1)
    torch.nn.init.normal_(network.refinement.grasp.out.weight, 0, 0.1)
    return network


def plain(network, images, texts):
    pictures = [picture(image, depth, BOX, CONFIG.channels) for image, depth in zip(images, DEPTHS, strict=True)]
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous() / 255
    with torch.no_grad():
        output = network(pixels, network.tokenize(list(texts)))
    return output.maps, output.match.softmax(-1)


def answers(engine, images=IMAGES, texts=TEXTS, depths=DEPTHS):
    return engine.compute(engine.prepare(images, BOX, depths), engine.sentences(texts))


def test_it_answers_as_the_network_that_it_was_made_of(network):
    before = copy.deepcopy(network.state_dict())
    engine = Engine(network, "cpu")
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in engine.network.modules())
    for answer, expected in zip(answers(engine), plain(network, IMAGES, TEXTS), strict=True):
        assert expected.std() > 0.01
        torch.testing.assert_close(answer, expected, atol=1e-5, rtol=0)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_batch_is_answered_as_its_members_are(network):
    engine = Engine(network, "cpu")
    together = answers(engine)
    for k, text in enumerate(TEXTS):
        for answer, expected in zip(
            answers(engine, IMAGES[k : k + 1], (text,), DEPTHS[k : k + 1]), together, strict=True
        ):
            torch.testing.assert_close(answer, expected[k : k + 1], atol=1e-5, rtol=0)


def test_half_precision_stays_close(network, monkeypatch):
    """What CUDA computes in; a processor can do it, too, only slowly."""
    monkeypatch.setitem(fast.PRECISION, "cpu", torch.float16)
    engine = Engine(network, "cpu")
    assert {p.dtype for p in engine.network.parameters()} == {torch.float16}
    for answer, expected in zip(answers(engine), plain(network, IMAGES, TEXTS), strict=True):
        assert answer.dtype == torch.float32
        torch.testing.assert_close(answer, expected, atol=0.02, rtol=0)


def test_bfloat16_knows_the_same_things_and_answers_in_full_precision(network, monkeypatch):
    monkeypatch.setattr(fast, "BFLOAT16", True)
    brief = Engine(network, "cpu").network
    half = {name.split(".")[0] for name, p in brief.named_parameters() if p.dtype == torch.bfloat16}
    assert half == {"finder", "close_up", "image_encoder"}
    image = torch.rand(1, CONFIG.channels, *CONFIG.input_size)
    with torch.inference_mode():
        places = network.finder.find(network.finder(network.reduced(image)))
        clues, expected = (n.finder(n.reduced(image)) for n in (brief, network))
        looks, sizes = zip(*(n.close_up(image, places) for n in (brief, network)), strict=True)
        deep = [n.image_encoder(n.reduced(image)).x4 for n in (brief, network)]
    there = places.there > 0
    assert there.any() and torch.cosine_similarity(*looks, dim=-1)[there].min() > 0.99
    assert not looks[0][~there][:, 0].any(), "empty places are spared"
    torch.testing.assert_close(*(size[there] for size in sizes), atol=0.02, rtol=0)
    assert torch.cosine_similarity(*deep, dim=1).min() > 0.99
    torch.testing.assert_close(clues.inside.sigmoid(), expected.inside.sigmoid(), atol=0.05, rtol=0)
    assert all(answer.dtype == torch.float32 for answer in answers(Engine(network, "cpu")))


def test_a_sentence_is_encoded_once_and_the_oldest_is_forgotten(network, monkeypatch):
    monkeypatch.setattr(fast, "CACHED_SENTENCES", 1)
    engine = Engine(network, "cpu")
    first = engine.sentences(("the mug",))
    assert engine.sentences(("the mug",)) is first
    engine.sentences(("the can",))
    again = engine.sentences(("the mug",))
    assert again is not first and all(torch.equal(a, b) for a, b in zip(again, first, strict=True))


def test_it_is_freed_as_soon_as_it_is_let_go(network):
    engine = Engine(network, "cpu")
    answers(engine)
    watched = weakref.ref(engine.network)
    gc.disable()
    try:
        del engine
        assert watched() is None
    finally:
        gc.enable()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a CUDA device")
def test_cuda_graphs_answer_as_the_processor_does(network):
    engine = Engine(network, "cuda")
    for images in (IMAGES, [255 - image for image in IMAGES]):  # recorded, then replayed with other pixels
        for answer, expected in zip(answers(engine, images), plain(network, images, TEXTS), strict=True):
            torch.testing.assert_close(answer.cpu(), expected, atol=0.02, rtol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device to wait for")
def test_nothing_waits_for_cuda_before_the_result(network):
    engine = Engine(network, "cuda")
    answers(engine)
    torch.cuda.set_sync_debug_mode("error")
    try:
        answers(engine)
    finally:
        torch.cuda.set_sync_debug_mode("default")
