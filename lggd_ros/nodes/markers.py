"""For RViz: grasps as ghosts of the gripper (palm and two fingers, the best in green), why others were not chosen, and
what the planner takes for obstacles."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from lggd_ros.execution.choosing import Sifted
from lggd_ros.execution.interfaces import GraspCandidate, Sighting
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, FINGER_THICKNESS, Grasp6D
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.robot.poses import pose_message

FINGER_LENGTH, PAD_WIDTH, PALM = 0.054, 0.02, (0.04, 0.2, 0.06)
BEST, OTHER = ColorRGBA(r=0.1, g=0.8, b=0.3, a=0.8), ColorRGBA(r=0.6, g=0.6, b=0.6, a=0.4)
REJECTED, OBSTACLE = ColorRGBA(r=0.9, g=0.2, b=0.1, a=0.3), ColorRGBA(r=0.9, g=0.6, b=0.1, a=0.6)
TEXT_HEIGHT, TEXT_ABOVE, VOXEL = 0.015, 0.12, 0.01


def gripper_ghosts(grasps: list[Grasp6D], header: Header) -> MarkerArray:
    """Three boxes for every grasp, best first; earlier ghosts are deleted."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for rank, grasp in enumerate(grasps):
        markers += _ghost(grasp, header, rank, OTHER if rank else BEST)
    return MarkerArray(markers=markers)


def sifted_markers(found: Sifted, sighting: Sighting, header: Header) -> MarkerArray:
    """The chosen grasp in green, the others in red with their reasons over them, and the obstacles' voxels."""
    markers = [Marker(header=header, action=Marker.DELETEALL), _voxels(sighting.obstacles, header)]
    for rank, rejection in enumerate(found.rejected, start=1):
        markers += _ghost(rejection.grasp, header, rank, REJECTED)
        markers.append(_text(f"{rejection.name}: {rejection.reason}", rejection.grasp.pose, header, rank))
    if found.chosen is not None:
        markers += _ghost(found.chosen.option.grasp, header, 0, BEST)
    return MarkerArray(markers=markers)


def _ghost(grasp: Grasp6D | GraspCandidate, header: Header, rank: int, colour: ColorRGBA) -> list[Marker]:
    return [
        _box(grasp.pose, centre, size, header, 3 * rank + part, colour)
        for part, (centre, size) in enumerate(_boxes(grasp.opening))
    ]


def _voxels(points: np.ndarray, header: Header) -> Marker:
    voxels = VoxelMap.from_points(points, VOXEL, table_clearance=VOXEL)
    marker = Marker(header=header, ns="obstacles", type=Marker.CUBE_LIST, action=Marker.ADD, color=OBSTACLE)
    marker.pose.orientation.w, marker.scale = 1.0, Vector3(x=VOXEL, y=VOXEL, z=VOXEL)
    marker.points = [Point(x=x, y=y, z=z) for x, y, z in voxels.centres.tolist()]
    return marker


def _text(text: str, pose: np.ndarray, header: Header, number: int) -> Marker:
    above = np.array(pose)
    above[:3, 3] -= TEXT_ABOVE * pose[:3, 2]
    marker = Marker(header=header, ns="reasons", id=number, type=Marker.TEXT_VIEW_FACING, action=Marker.ADD, text=text)
    marker.pose, marker.scale.z, marker.color = pose_message(above), TEXT_HEIGHT, REJECTED
    return marker


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
