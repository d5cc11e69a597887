"""Detections -> messages."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import RegionOfInterest
from std_msgs.msg import Header

from lggd_ros.detector import ABSENT, AMBIGUOUS, FOUND, Detection, Lifted
from lggd_ros.grasps.lift import Grasp6D
from lggd_ros.robot.grasps import grasp_message
from lggd_ros.robot.images import numpy_to_image
from lggd_ros_msgs.msg import Grasp, GraspDetection

STATUS = {FOUND: GraspDetection.FOUND, ABSENT: GraspDetection.ABSENT, AMBIGUOUS: GraspDetection.AMBIGUOUS}


def detection_message(detection: Detection, lifted: Lifted, header: Header) -> GraspDetection:
    """All of a detection, its lifted grasps in the frame of ``header``; the message tells why others are missing."""
    return GraspDetection(
        header=header,
        instruction=detection.text,
        status=STATUS[detection.status],
        presence=float(detection.presence),
        grasps=[_lifted_grasp(grasp, header) for grasp in lifted.grasps],
        mask=numpy_to_image(np.where(detection.mask, 255, 0).astype(np.uint8), "mono8", header),
        candidates=[
            RegionOfInterest(x_offset=int(x), y_offset=int(y), width=int(width), height=int(height))
            for x, y, width, height in detection.candidates
        ],
        message="; ".join([detection.message, *lifted.rejections]),
    )


def _lifted_grasp(grasp: Grasp6D, header: Header) -> Grasp:
    message, planar = grasp_message(grasp, header), grasp.planar
    message.x, message.y, message.angle = float(planar.x), float(planar.y), float(planar.angle)
    message.width, message.height = float(planar.width), float(planar.height)
    return message
