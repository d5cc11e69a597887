"""Sentences of a frozen encoder: encoded once, and as the encoder would."""

import pytest
import torch
from shapes import TINY

from lggd_ros.network import LGGD, LGGDConfig
from lggd_ros.training.sentences import SentenceCache


@pytest.fixture(params=[False, True], ids=["sees all words", "causal, as CLIP"])
def network(request):
    torch.manual_seed(0)
    return LGGD(LGGDConfig.tabletop().with_(**TINY, frozen=True, causal=request.param)).eval()


@pytest.fixture
def asked(network, monkeypatch):
    """The shapes of the tokens that the network has encoded."""
    shapes, encode = [], network.encode_text
    monkeypatch.setattr(network, "encode_text", lambda tokens: shapes.append(tokens.shape) or encode(tokens))
    return shapes


@pytest.fixture
def cache(network):
    return SentenceCache(network, torch.device("cpu"), limit=3)


def tokens(network, *texts):
    found = network.tokenize(list(texts))
    return found[:, : int((found != 0).sum(1).max())]


def test_features_are_the_encoders(network, cache):
    texts = ["the red mug left of the can", "the can", "the red mug left of the can"]
    found = cache(tokens(network, *texts))
    with torch.no_grad():
        expected = network.encode_text(network.tokenize(texts))
    torch.testing.assert_close(found.sentence, expected.sentence)
    torch.testing.assert_close(found.words[~found.padding], expected.words[~expected.padding])


def test_a_sentence_is_encoded_once_whatever_stands_beside_it(network, cache, asked):
    alone = cache(tokens(network, "the can"))
    beside = cache(tokens(network, "the can", "the blue bottle in front"))
    assert len(asked) == 2 and all(shape[0] == 1 for shape in asked)
    assert torch.equal(beside.words[:1, : alone.words.shape[1]], alone.words)
    assert torch.equal(beside.sentence[:1], alone.sentence)


def test_the_oldest_are_forgotten(network, cache, asked):
    for text in ("one", "two", "three", "one", "four", "one"):
        cache(tokens(network, text))
    assert len(asked) == 4
    cache(tokens(network, "two"))
    assert len(asked) == 5
