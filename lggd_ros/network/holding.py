"""By which part a sentence asks to take a thing, which things have it, and what a grasp in every cell would hold.

Not in the paper. A decoder that hears the sentence as a whole finds the mug and not its handle: on tabletop pictures
half of its grasps held another part than the one named. Here both are learnt by name, and compared. "The metal one by
its shaft" also means none that has no shaft.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.layers import ConvBlock
from lggd_ros.network.referring import WordQueries

HOLDS = (
    *("", "handle", "head", "body", "rim", "neck", "lid", "spout", "blade", "bit", "shaft", "shackle", "stem", "tail"),
    "wing",
)
LEAST = 1e-3  # worth of a grasp by another part, probability that a thing has one
SHARPNESS = 10.0  # by which unit features tell parts


class Hold(NamedTuple):
    """Logits over ``HOLDS``: ``asked`` (B, H), "" = any part will do, and ``shown`` (B, H, h, w), "" = no named one."""

    asked: Tensor
    shown: Tensor

    @property
    def worth(self) -> Tensor:
        """How likely a grasp in each cell is one by the part asked for (B, h, w)."""
        cells = self.shown.float().softmax(1)
        return _met(self.asked, cells.flatten(2)).unflatten(1, cells.shape[2:])


class Holding(nn.Module):
    """Reads words for a part, and fine features for where the parts are."""

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        finest = config.decoder_widths[-1]
        self.sentence = nn.Linear(config.embed_dim, len(HOLDS))
        self.words = WordQueries(config.text_width, len(HOLDS), 1)
        self.shown = nn.Sequential(ConvBlock(finest, finest), nn.Conv2d(finest, len(HOLDS), 1))
        self.of_things = nn.Linear(config.embed_dim, len(HOLDS))

    def forward(self, x: Tensor, sentences: Sentences) -> Hold:
        """Features (B, C, h, w) and sentences, pairwise."""
        return Hold(self.asked(sentences), self.shown(x))

    def asked(self, sentences: Sentences) -> Tensor:
        """Sentences (B) -> logits (B, H) of the part that they ask for."""
        return self.sentence(sentences.sentence) + self.words(sentences)[:, 0]

    def parts(self, features: Tensor) -> Tensor:
        """Features (B, K, E) of things -> logits (B, K, H) that they have a part."""
        return self.of_things(SHARPNESS * features)

    def having(self, features: Tensor, sentences: Sentences) -> Tensor:
        """How likely things (B, K, E) have the part that sentences (B) ask for (B, K)."""
        return _met(self.asked(sentences), self.parts(features).float().sigmoid().transpose(1, 2))


def _met(asked: Tensor, offered: Tensor) -> Tensor:
    """Logits (B, H) of what is asked for and probabilities (B, H, N) of what N places offer -> how likely it is met
    there (B, N)."""
    wanted = asked.float().softmax(-1)[..., None]
    return (wanted[:, 0] + (wanted * offered)[:, 1:].sum(1)).clamp(min=LEAST)
