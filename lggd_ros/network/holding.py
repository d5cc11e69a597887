"""By which part a sentence asks to take a thing, and which part of it a grasp in every cell would hold.

Not in the paper. A decoder that hears the sentence as a whole finds the mug and not its handle: on tabletop pictures
half of its grasps held another part than the one named. Here both are learnt by name, and compared.
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
LEAST = 1e-3  # worth of a grasp by another part


class Hold(NamedTuple):
    """Logits over ``HOLDS``: ``asked`` (B, H), "" = any part will do, and ``shown`` (B, H, h, w), "" = no named one."""

    asked: Tensor
    shown: Tensor

    @property
    def worth(self) -> Tensor:
        """How likely a grasp in each cell is one by the part asked for (B, h, w)."""
        asked, shown = self.asked.float().softmax(-1)[..., None, None], self.shown.float().softmax(1)
        return (asked[:, 0] + (asked * shown)[:, 1:].sum(1)).clamp(min=LEAST)


class Holding(nn.Module):
    """Reads words for a part, and fine features for where the parts are."""

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        finest = config.decoder_widths[-1]
        self.sentence = nn.Linear(config.embed_dim, len(HOLDS))
        self.words = WordQueries(config.text_width, len(HOLDS), 1)
        self.shown = nn.Sequential(ConvBlock(finest, finest), nn.Conv2d(finest, len(HOLDS), 1))

    def forward(self, x: Tensor, sentences: Sentences) -> Hold:
        """Features (B, C, h, w) and sentences, pairwise."""
        return Hold(self.asked(sentences), self.shown(x))

    def asked(self, sentences: Sentences) -> Tensor:
        """Sentences (B) -> logits (B, H) of the part that they ask for."""
        return self.sentence(sentences.sentence) + self.words(sentences)[:, 0]
