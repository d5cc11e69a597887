"""CLIP's towers and tokenizer, from open_clip (LGGD, section III-B).

``rn50`` takes them as they are. What the small network changes is not the paper's: a fourth channel, a last stage
without stride, words that see later words, residual branches that start open.
"""

from __future__ import annotations

import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.tokenizer import SimpleTokenizer
from open_clip.transformer import QuickGELU, TextTransformer
from torch import nn

from lggd_ros.network.config import LGGDConfig

MEAN = (0.48145466, 0.4578275, 0.40821073)  # CLIP's colour statistics, RGB in [0, 1]
STD = (0.26862954, 0.26130258, 0.27577711)

_TOKENIZER = SimpleTokenizer()


def tokenize(texts: list[str], context_length: int) -> torch.Tensor:
    """Sentences -> CLIP's byte-pair tokens (B, context_length) int64, zero-padded; longer ones are cut."""
    return _TOKENIZER(texts, context_length=context_length)


def image_tower(config: LGGDConfig) -> ModifiedResNet:
    """CLIP's modified ResNet, its last stage without stride where ``image_stride`` is 16."""
    tower = ModifiedResNet(
        layers=list(config.image_layers),
        output_dim=config.embed_dim,
        heads=config.image_width * 32 // 64,
        image_size=max(config.image_size) * 32 // config.image_stride,
        width=config.image_width,
    )
    if config.relief:
        tower.conv1 = nn.Conv2d(4, config.image_width // 2, 3, stride=2, padding=1, bias=False)
    if config.image_stride == 16:
        first = tower.layer4[0]
        first.avgpool, first.downsample[0] = nn.Identity(), nn.Identity()
    if config.pretrained is None:
        _open_branches(tower)
    return tower


def _open_branches(tower: ModifiedResNet) -> None:
    """open_clip starts with every residual branch closed, which suits long schedules; short ones learn faster open."""
    for name, module in tower.named_modules():
        if name.startswith("layer") and name.endswith("bn3"):
            nn.init.ones_(module.weight)


def text_tower(config: LGGDConfig) -> TextTransformer:
    """CLIP's text transformer, answering (sentence, words); without the causal mask where ``causal`` is false."""
    return TextTransformer(
        context_length=config.context_length,
        width=config.text_width,
        heads=config.text_heads,
        layers=config.text_layers,
        output_dim=config.embed_dim,
        no_causal_mask=not config.causal,
        use_pad_mask=not config.causal,
        act_layer=QuickGELU,
        output_tokens=True,
    )
