"""Features of sentences by an encoder that does not change, computed once."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from lggd_ros.network import LGGD
from lggd_ros.network.encoders import Sentences


def encode_text(network: LGGD, tokens: Tensor) -> Sentences:
    """Tokens (P, L) -> features; open_clip's causal tower takes nothing shorter than its context."""
    missing = network.config.context_length - tokens.shape[1] if network.config.causal else 0
    return network.encode_text(F.pad(tokens, (0, missing)))


class SentenceCache:
    """Remembers the sentences that it was asked for, at most the latest ``limit``: some 25 kB each with CLIP.

    They are encoded one by one: beside other sentences the last digits could differ, and a resumed run, whose cache is
    empty, would not be equal to one that was never stopped.
    """

    def __init__(self, network: LGGD, device: torch.device, limit: int = 100_000) -> None:
        self._network, self._device, self._limit = network, device, limit
        self._known: OrderedDict[tuple[int, ...], tuple[Tensor, Tensor]] = OrderedDict()

    def __call__(self, tokens: Tensor) -> Sentences:
        """Tokens (P, L) int64 in main memory, zero-padded -> their features on the device."""
        found = [self._features(tuple(row[row != 0].tolist())) for row in tokens]
        words = pad_sequence([words for words, _ in found], batch_first=True)
        sentence = torch.stack([sentence for _, sentence in found])
        padding = (tokens == 0)[:, : words.shape[1]]
        return Sentences(*(x.to(self._device, non_blocking=True) for x in (words, padding, sentence)))

    def _features(self, tokens: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        if tokens not in self._known:
            with torch.no_grad():
                words, _, sentence = encode_text(self._network, torch.tensor([tokens], device=self._device))
            self._known[tokens] = words[0, : len(tokens)].cpu(), sentence[0].cpu()
        self._known.move_to_end(tokens)
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
        return self._known[tokens]
