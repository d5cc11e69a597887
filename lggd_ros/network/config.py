"""What an LGGD network is made of: one frozen dataclass, two presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

PARTS = ("dcvlf", "lmafn", "rm", "ldch")  # in the order in which the paper's ablation adds them


@dataclass(frozen=True)
class LGGDConfig:
    """Sizes of every part of the network.

    - ``image_size``: (height, width) in pixels, multiples of 32, of what the encoders see.
    - ``detail``: the network is given images so many times finer, for close-ups; the encoders see them reduced.
    - ``relief``: depth is seen, too: beside red, green and blue a fourth channel, see ``grasps.relief``.
    - ``image_stride``: pixels per cell of the deepest image features; 32 as in CLIP, 16 keeps the last stage at the
      resolution of the one before.
    - ``causal``: words see only earlier words, as in CLIP.
    - ``parts``: those of the paper's parts that are there; plain counterparts stand in for the others, see ``plain``.
      ``PARTS[:n]`` are the rows of the paper's ablation.
    - ``pretrained``: CLIP weights, an open_clip tag (downloaded) or a local file; None starts from random weights.
    - ``pretrained_sha256``: the local file's SHA-256, in hexadecimal.
    - ``frozen``: the encoders never change, batch-norm statistics included.
    - ``fusion_depth``: rounds of joint self-attention after words and image have met.
    - ``things``: so many things at most are found and looked at one by one, and sentences say which of them they mean,
      see ``finder``, ``things`` and ``referring``; 0 = none of that, as in the paper.
    - ``skip_widths``, ``decoder_widths``: channels of the skips and after each up-sampling, at strides 16, 8 and 4.
    - ``vocabulary``: words that it has learnt, into which misspelt ones are mended, see ``spelling``; () = none are.
    - ``opening_scale``: openings are learnt in map pixels divided by this, which should cover the widest opening.
    """

    image_size: tuple[int, int]
    detail: int
    relief: bool
    image_width: int
    image_layers: tuple[int, int, int, int]
    image_stride: int
    embed_dim: int
    context_length: int
    text_width: int
    text_heads: int
    text_layers: int
    causal: bool
    pretrained: str | None
    frozen: bool
    fusion_width: int
    fusion_heads: int
    fusion_hidden: int
    fusion_depth: int
    things: int
    skip_widths: tuple[int, int, int]
    decoder_widths: tuple[int, int, int]
    head_width: int
    experts: int
    refine_widths: tuple[int, int, int, int]
    opening_scale: float = 32.0
    parts: tuple[str, ...] = PARTS
    pretrained_sha256: str | None = None
    vocabulary: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not set(self.parts) <= set(PARTS):
            raise ValueError(f"parts are {list(self.parts)}; known: {', '.join(PARTS)}")
        if self.image_stride not in (16, 32):
            raise ValueError(f"image_stride is {self.image_stride}; it must be 16 or 32")
        if any(side <= 0 or side % 32 for side in self.image_size):
            raise ValueError(f"image_size is {self.image_size}; height and width must be positive multiples of 32")
        if self.fusion_width % (4 * self.fusion_heads):
            raise ValueError(
                f"fusion_width {self.fusion_width} must be a multiple of 4 x fusion_heads {self.fusion_heads}"
            )
        if self.things < 0:
            raise ValueError(f"things is {self.things}; it must not be negative")
        if self.detail < 1:
            raise ValueError(f"detail is {self.detail}; it must be 1 or a greater whole number")
        if self.relief and self.pretrained is not None:
            raise ValueError(f"relief goes with pretrained null: CLIP's weights ({self.pretrained}) see three channels")
        if self.opening_scale <= 0:
            raise ValueError(f"opening_scale is {self.opening_scale}; it must be positive map pixels")

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the images that the network is given."""
        return self.image_size[0] * self.detail, self.image_size[1] * self.detail

    @property
    def channels(self) -> int:
        """Of those images: red, green, blue and, where it is seen, relief."""
        return 4 if self.relief else 3

    @property
    def grid_size(self) -> tuple[int, int]:
        """Height and width of the deepest image features, where words and image meet."""
        return self.image_size[0] // self.image_stride, self.image_size[1] // self.image_stride

    @property
    def map_stride(self) -> int:
        """Input pixels per map pixel."""
        return self.input_size[0] // self.map_size[0]

    @property
    def map_size(self) -> tuple[int, int]:
        """Height and width of the output maps: half of what the encoders see."""
        return self.image_size[0] // 2, self.image_size[1] // 2

    def with_(self, **changes: object) -> LGGDConfig:
        """The same network with some fields changed, by values as YAML has them too. Raises ValueError."""
        known = [field.name for field in fields(self)]
        if unknown := sorted(set(changes) - set(known)):
            raise ValueError(f"a network has no '{unknown[0]}'; known: {', '.join(known)}")
        return replace(self, **with_tuples(changes))

    @classmethod
    def rn50(cls, pretrained: str | None = "openai") -> LGGDConfig:
        """The paper's network: CLIP ResNet-50, frozen, 224x224 (LGGD, sections III-B and IV-B).

        The paper gives no widths beyond CLIP's. These keep to its 171.76 M parameters, 67.70 M of them trainable, and
        spend them on the fusion, where they are cheap. One image and sentence take 31 GFLOPs, a multiply-add being two,
        against the paper's 289: two refinement U-Nets of 64 to 512 channels at 224x224 alone would take 78 (one
        convolution per block) to 130 (two) instead of the 1.3 that they take here at a quarter of the resolution.
        Images of 416x416, as CROG reads them, would take 88 here and those U-Nets 270 to 449.
        """
        return cls(
            image_size=(224, 224),
            detail=1,
            relief=False,
            image_width=64,
            image_layers=(3, 4, 6, 3),
            image_stride=32,
            embed_dim=1024,
            context_length=77,
            text_width=512,
            text_heads=8,
            text_layers=12,
            causal=True,
            pretrained=pretrained,
            frozen=True,
            fusion_width=1024,
            fusion_heads=8,
            fusion_hidden=4096,
            fusion_depth=1,
            things=0,
            skip_widths=(512, 256, 128),
            decoder_widths=(512, 256, 128),
            head_width=64,
            experts=4,
            refine_widths=(32, 64, 128, 256),
        )

    @classmethod
    def tabletop(cls) -> LGGDConfig:
        """Small, trained whole, for two CPU cores: 4:3 images without squashing, most width at coarse scales."""
        return cls(
            image_size=(192, 256),
            detail=2,
            relief=True,
            image_width=24,
            image_layers=(1, 2, 2, 1),
            image_stride=16,
            embed_dim=256,
            context_length=32,
            text_width=128,
            text_heads=4,
            text_layers=3,
            causal=False,
            pretrained=None,
            frozen=False,
            fusion_width=192,
            fusion_heads=6,
            fusion_hidden=384,
            fusion_depth=2,
            things=12,
            skip_widths=(64, 32, 16),
            decoder_widths=(128, 64, 32),
            head_width=16,
            experts=4,
            refine_widths=(16, 32, 32, 32),
        )


def with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields from JSON or YAML, which know lists only."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
