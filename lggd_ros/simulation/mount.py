"""Where the wrist camera sits and from where the arm looks: shared by simulator, planners and executor.

The camera is a RealSense D435 in front of the hand, looking along the fingers. From ``OBSERVE_JOINTS`` it hangs 0.55 m
above the centre of the work region, image right = base -y, image down = base -x.
"""

from __future__ import annotations

import numpy as np

from lggd_ros.grasps.camera import D435

CAMERA = D435

CAMERA_FRAME = "camera_color_optical_frame"

# Pose (4, 4) of the optical frame in the hand's frame (fr3_hand), metres.
HAND_TO_CAMERA = np.array(
    [
        [0.0, -1.0, 0.0, 0.07],
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.03],
        [0.0, 0.0, 0.0, 1.0],
    ]
)

# Pose (4, 4) of the grasp frame (fr3_hand_tcp) in the hand's frame, metres.
HAND_TO_TCP = np.array(
    [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.1034],
        [0.0, 0.0, 0.0, 1.0],
    ]
)

# The camera's housing: half sizes along the optical axes, and pose (4, 4) of its centre in the hand's frame, metres.
HOUSING_HALF_SIZES = np.array([0.045, 0.0125, 0.0125])
HAND_TO_HOUSING = HAND_TO_CAMERA @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -0.0135], [0, 0, 0, 1]])

OBSERVE_JOINTS = np.array([0.0, -0.4076, 0.0, -2.1105, 0.0, 1.7029, np.pi / 4])
