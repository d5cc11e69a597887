"""Grasps as ghosts of the gripper for RViz: palm and two fingers, the best in green, the others in grey."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, FINGER_THICKNESS, Grasp6D
from lggd_ros.robot.poses import pose_message

FINGER_LENGTH, PAD_WIDTH, PALM = 0.054, 0.02, (0.04, 0.2, 0.06)
BEST, OTHER = ColorRGBA(r=0.1, g=0.8, b=0.3, a=0.8), ColorRGBA(r=0.6, g=0.6, b=0.6, a=0.4)


def gripper_ghosts(grasps: list[Grasp6D], header: Header) -> MarkerArray:
    """Three boxes for every grasp, best first; earlier ghosts are deleted."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for rank, grasp in enumerate(grasps):
        for part, (centre, size) in enumerate(_boxes(grasp.opening)):
            markers.append(_box(grasp.pose, centre, size, header, 3 * rank + part, OTHER if rank else BEST))
    return MarkerArray(markers=markers)


def _boxes(opening: float) -> list[tuple[tuple[float, float, float], tuple[float, float, float]]]:
    """Centre and size of palm and fingers in the grasp frame, metres."""
    beside = opening / 2 + FINGER_THICKNESS / 2
    finger = (PAD_WIDTH, FINGER_THICKNESS, FINGER_LENGTH)
    height = FINGER_BEYOND_TCP - FINGER_LENGTH / 2
    palm_height = FINGER_BEYOND_TCP - FINGER_LENGTH - PALM[2] / 2
    return [((0.0, 0.0, palm_height), PALM), ((0.0, beside, height), finger), ((0.0, -beside, height), finger)]


def _box(pose: np.ndarray, centre: tuple, size: tuple, header: Header, number: int, colour: ColorRGBA) -> Marker:
    place = np.array(pose)
    place[:3, 3] += pose[:3, :3] @ centre
    marker = Marker(header=header, ns="grasps", id=number, type=Marker.CUBE, action=Marker.ADD, color=colour)
    marker.pose, marker.scale = pose_message(place), Vector3(x=size[0], y=size[1], z=size[2])
    return marker
