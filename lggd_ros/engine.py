"""The network made ready to answer fast, with the same answers.

Batch normalisation is folded into convolutions, channels come last, and a sentence is encoded once. On a processor
only places where something is are looked at, and one that multiplies bfloat16 in hardware finds and looks at things in
it and computes the image's deep features; the rest needs float32. On CUDA the network computes in half precision, and
everything from pixels to maps is one CUDA graph: the host launches it at once instead of kernel by kernel, and waits
for nothing before it reads the result.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.picture import picture
from lggd_ros.network import LGGD
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.things import CloseUp

BFLOAT16 = bool(torch.cpu.get_capabilities().get("avx512_bf16"))  # of this processor
PRECISION = {"cpu": torch.float32, "cuda": torch.float16}
CACHED_SENTENCES = 64
DEEP = [f"image_encoder.tower.{name}" for name in ("layer3", "layer4", *(f"attnpool.{x}_proj" for x in "qkvc"))]

Answer = tuple[Tensor, Tensor]


class Engine:
    """A copy of ``network`` on ``device``. ``prepare`` and ``sentences`` make what ``compute`` needs.

    Not thread-safe: on CUDA the next answer overwrites the last one.
    """

    def __init__(self, network: LGGD, device: str | torch.device) -> None:
        self.device = torch.device(device)
        self.dtype = PRECISION.get(self.device.type, torch.float32)
        self.network = streamlined(network).to(self.device, self.dtype)
        if self.device.type == "cpu":
            spare_empty_places(self.network)
        if self.device.type == "cpu" and BFLOAT16:
            compute_in_bfloat16(self.network)
        # Neither holds the engine itself, which would keep its memory until the garbage collector finds the circle.
        self.sentences = lru_cache(CACHED_SENTENCES)(partial(encode, self.network))
        function = partial(answer, self.network)
        self._answer: Callable[..., Answer] = Replayed(function) if self.device.type == "cuda" else function

    def prepare(
        self, images: Sequence[np.ndarray], box: Letterbox, depths: Sequence[np.ndarray | None] | None = None
    ) -> Tensor:
        """Images (H, W, 3) uint8 RGB of ``box.source`` size, and what there is of their aligned ``depths`` (H, W) ->
        pixels (B, C, h, w) in [0, 1] on the device."""
        channels = self.network.config.channels
        pairs = zip(images, depths or [None] * len(images), strict=True)
        fitted = torch.from_numpy(np.stack([picture(image, depth, box, channels) for image, depth in pairs]))
        if self.device.type == "cuda":
            fitted = fitted.pin_memory()  # from elsewhere, a copy to the device waits until it is done
        return fitted.to(self.device, non_blocking=True).permute(0, 3, 1, 2).to(self.dtype) / 255

    @torch.inference_mode()
    def compute(self, pixels: Tensor, sentences: Sentences) -> Answer:
        """Pixels of ``prepare`` and sentences, pairwise -> maps (B, 6, *map_size) and match probabilities (B, 3).

        Both float32 and on the device, maps in their own ranges (see ``activate``). On CUDA the first call with a batch
        size takes longer, because it records the graph.
        """
        return self._answer(pixels, *sentences)


class Replayed:
    """A function of CUDA tensors as CUDA graphs, one for each set of input shapes. Calls overwrite earlier results."""

    def __init__(self, function: Callable[..., Answer]) -> None:
        self._function = function
        self._graphs: dict[tuple[torch.Size, ...], Callable[..., Answer]] = {}

    def __call__(self, *inputs: Tensor) -> Answer:
        """Inputs of one device; what the function answers."""
        shapes = tuple(x.shape for x in inputs)
        with torch.cuda.device(inputs[0].device):
            if shapes not in self._graphs:
                buffers = tuple(x.clone() for x in inputs)  # every later call's inputs are copied into these
                self._graphs[shapes] = torch.cuda.make_graphed_callables(self._function, buffers)  # type: ignore
            return self._graphs[shapes](*inputs)


@torch.inference_mode()
def encode(network: LGGD, texts: Sequence[str]) -> Sentences:
    """Text features of instructions, all in the network's precision."""
    words, padding, sentence = network.encode_text(network.tokenize(list(texts)))
    return Sentences(words, padding, sentence.to(words.dtype))


def answer(network: LGGD, pixels: Tensor, *features: Tensor) -> Answer:
    """Pixels and the fields of ``Sentences`` -> maps and match, see ``Engine.compute``."""
    output = network.answer(network.encode_image(pixels), Sentences(*features))
    return output._replace(refined=output.refined.float()).maps, output.match.float().softmax(-1)


def streamlined(network: LGGD) -> LGGD:
    """A copy that only answers: without gradients and batch normalisation, weights of convolutions channels-last."""
    fast = copy.deepcopy(network).eval().requires_grad_(False)
    fold_batch_norms(fast)
    for module in fast.modules():
        if isinstance(module, nn.Conv2d):  # ``to`` on the whole would refuse the head's kernels of five dimensions
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return fast


def spare_empty_places(network: LGGD) -> None:
    """Close-ups only where something is, which takes tensors of any size."""
    for module in network.modules():
        if isinstance(module, CloseUp):
            module.sparing = True


def compute_in_bfloat16(network: LGGD) -> None:
    """What tells where and what things are, and the image's deep features; not what draws masks and grasps."""
    for name, module in network.named_modules():
        if name.startswith(("finder.", "close_up.")) and isinstance(module, nn.Conv2d):
            module.to(torch.bfloat16)
        elif name in DEEP:
            module.to(torch.bfloat16)
            module.register_forward_pre_hook(lambda _, inputs: inputs[0].bfloat16())
            module.register_forward_hook(lambda _, __, output: output.float())


def fold_batch_norms(module: nn.Module) -> None:
    """Put every batch normalisation into the convolution registered right before it, which it follows in LGGD."""
    children = list(module.named_children())
    for (name, layer), (next_name, norm) in zip(children, children[1:], strict=False):
        if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, name, fuse_conv_bn_eval(layer, norm))
            setattr(module, next_name, nn.Identity())
    for _, child in children:
        fold_batch_norms(child)
