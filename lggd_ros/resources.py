"""Where ``config/`` and ``models/`` are: beside the package in a source tree, in its share folder once installed."""

from __future__ import annotations

from pathlib import Path


def resource_folders(kind: str) -> list[Path]:
    """Existing folders called ``kind`` (``config``, ``models``), the source tree's first."""
    roots = [Path(__file__).resolve().parents[1], *_installed_share()]
    return [root / kind for root in roots if (root / kind).is_dir()]


def config_file(name: str) -> Path:
    """A file of ``config/``. Raises FileNotFoundError."""
    for folder in resource_folders("config"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"config/{name} is not there; install the package again")


def _installed_share() -> list[Path]:
    try:
        from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
    except ImportError:
        return []
    try:
        return [Path(get_package_share_directory("lggd_ros"))]
    except (PackageNotFoundError, OSError):  # OSError: no AMENT_PREFIX_PATH
        return []
