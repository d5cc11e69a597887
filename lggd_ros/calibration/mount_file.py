"""The measured place of the camera as a YAML file; ``grasp.launch.py hand_eye:=FILE`` publishes it as a transform."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.spatial.transform import Rotation


@dataclass(frozen=True)
class Mount:
    """``child_frame_id`` in ``frame_id``: ``translation`` x, y, z in metres, ``rotation`` as quaternion x, y, z, w."""

    frame_id: str
    child_frame_id: str
    translation: list[float]
    rotation: list[float]

    def __post_init__(self) -> None:
        if len(self.translation) != 3 or len(self.rotation) != 4:
            raise ValueError("a mount has a translation of 3 numbers and a rotation of 4")
        if abs(np.linalg.norm(self.rotation) - 1) > 1e-3:
            raise ValueError(f"the rotation {self.rotation} is not of unit length")

    @classmethod
    def from_pose(cls, frame_id: str, child_frame_id: str, pose: np.ndarray) -> Mount:
        """Of a pose (4, 4)."""
        rotation = Rotation.from_matrix(pose[:3, :3]).as_quat()
        return cls(frame_id, child_frame_id, pose[:3, 3].tolist(), rotation.tolist())

    @property
    def pose(self) -> np.ndarray:
        """(4, 4)."""
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = Rotation.from_quat(self.rotation).as_matrix(), self.translation
        return pose


def write_mount(mount: Mount, path: Path, residuals: dict[str, float]) -> None:
    """The file, with the residuals of its calibration beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(asdict(mount) | {"residuals": residuals}, sort_keys=False))


def read_mount(path: Path) -> Mount:
    """Raises ValueError with the file's name when it is not such a file, FileNotFoundError when it is not there."""
    content = yaml.safe_load(path.read_text())
    try:
        return Mount(**{name: content[name] for name in Mount.__dataclass_fields__})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no result of lggd calibrate: {error}") from error
