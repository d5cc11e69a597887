"""LGGD in torch: configuration, the assembled network, checkpoints."""

from lggd_ros.network import torchvision_guard  # noqa: F401, I001  (before open_clip)
from lggd_ros.network.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.lggd import LGGD, Output, activate

__all__ = [
    "LGGD",
    "Checkpoint",
    "CheckpointError",
    "LGGDConfig",
    "Output",
    "activate",
    "load_checkpoint",
    "save_checkpoint",
]
