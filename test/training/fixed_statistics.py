"""``lggd`` with batch normalisation fixed to its statistics, which a process would else take from its own images."""

import sys

from torch import nn

from lggd_ros.cli import main


def fix_statistics() -> None:
    """Whatever mode a network is put in."""
    nn.BatchNorm2d.train = lambda self, mode=True: nn.Module.train(self, False)  # type: ignore[method-assign]


if __name__ == "__main__":
    fix_statistics()
    sys.exit(main(sys.argv[1:]))
