"""`lggd detect` on real RealSense frames, which lie beside the repository and are not part of it.

The shipped network has seen no photograph, so nothing is asserted about what it recognises: only that every answer is
whole and consistent with the depth image.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from lggd_ros.cli import main

FRAMES = Path(__file__).resolve().parents[2] / "shared" / "data"
SIDE = "616.365,616.203,310.259,236.600"
CASES = [
    ("realsense_bottle", SIDE, "the white bottle"),
    ("realsense_mug", SIDE, "pick up the mug"),
    ("realsense_tabletop", "631.549,631.208,638.435,366.499", "the yellow banana"),
]


@pytest.mark.skipif(not FRAMES.is_dir(), reason="the real frames (../shared/data) are not on this machine")
@pytest.mark.parametrize(("frame", "intrinsics", "text"), CASES)
def test_a_photograph_gets_a_whole_answer(tmp_path, frame, intrinsics, text):
    color, depth = FRAMES / frame / "color.png", FRAMES / frame / "depth.png"
    arguments = [
        "detect",
        "--color",
        color,
        "--depth",
        depth,
        "--intrinsics",
        intrinsics,
        "--text",
        text,
        "--out",
        tmp_path,
    ]
    assert main([str(argument) for argument in arguments]) == 0
    answer = json.loads((tmp_path / "detection.json").read_text())
    assert cv2.imread(str(tmp_path / "overlay.png")).shape == cv2.imread(str(color)).shape
    assert answer["status"] in ("found", "absent", "ambiguous") and 0 <= answer["presence"] <= 1
    assert (answer["status"] == "found") or not answer["grasps"]
    for grasp in answer["grasps"]:
        pose = np.array(grasp["pose"])
        assert np.allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-6)
        assert 0 < grasp["opening"] <= 0.08
        assert abs(pose[2, 3] - _surface(depth, grasp["planar"])) < 0.06


def _surface(depth, planar):
    """Median depth in metres around the centre of a planar grasp."""
    image = cv2.imread(str(depth), cv2.IMREAD_UNCHANGED) / 1000
    x, y = round(planar["x"]), round(planar["y"])
    window = image[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5]
    return np.median(window[window > 0])
