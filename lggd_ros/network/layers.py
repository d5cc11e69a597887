"""The two blocks that every part is built from."""

from __future__ import annotations

from torch import Tensor, nn


class ConvBlock(nn.Sequential):
    """3x3 (or k x k) convolution, batch normalisation, ReLU."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        )


class MLP(nn.Sequential):
    """Two linear layers with LeakyReLU between, the form in which the paper reads the sentence."""

    def __init__(self, channels_in: int, hidden: int, channels_out: int) -> None:
        super().__init__(nn.Linear(channels_in, hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, channels_out))


def resize(x: Tensor, size: tuple[int, int] | list[int]) -> Tensor:
    """Bilinear to ``size`` (h, w); unchanged where it already has it."""
    size = (int(size[0]), int(size[1]))
    return x if x.shape[-2:] == size else nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
