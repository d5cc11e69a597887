"""Losses, training loop and evaluation of LGGD."""

from lggd_ros.network import torchvision_guard  # noqa: F401  (before lightning)
