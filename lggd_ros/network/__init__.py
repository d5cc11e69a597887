"""LGGD in torch: configuration, the assembled network, checkpoints."""

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.lggd import LGGD, Output, activate

__all__ = ["LGGD", "LGGDConfig", "Output", "activate"]
