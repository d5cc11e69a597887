"""Lets torchvision import beside a CPU-only torch. Import this before anything that imports torchvision.

PyPI's torchvision brings a native library that only loads with CUDA torch, and its import fails where the operators of
that library are missing. None of them is used here, so declaring their schemas suffices.
"""

from __future__ import annotations

import torch


def _declare_operators() -> torch.library.Library:
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


try:
    import torchvision  # noqa: F401
except RuntimeError:
    _LIBRARY = _declare_operators()  # the declarations live as long as this
