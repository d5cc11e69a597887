"""This machine: packages, DDS profile, GPU, checkpoint, MoveIt. Nothing here needs a running ROS graph."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from lggd_ros.doctor.finding import Finding
from lggd_ros.planning.moveit_config import GROUP, PIPELINE, is_installed, moveit_parameters
from lggd_ros.resources import config_file

PROFILES = "FASTRTPS_DEFAULT_PROFILES_FILE"
MIN_SEGMENT = 4 << 20  # bytes: several images of colour and depth
REQUIREMENTS = (
    "pip install --break-system-packages -r standalone/requirements.txt -c standalone/constraints.txt, "
    "in the folder of this repository"
)
PACKAGES = {
    "lggd_ros_msgs": "build the workspace with colcon, and source install/setup.bash",
    "franka_msgs": "build franka_ros2 in this workspace, or source it",
    "control_msgs": "sudo apt install ros-jazzy-control-msgs",
    "tf2_msgs": "sudo apt install ros-jazzy-tf2-msgs",
    **dict.fromkeys(("torch", "torchvision", "open_clip", "spellchecker", "safetensors", "scipy", "cv2"), REQUIREMENTS),
}
PLANNING = ("ompl", "pinocchio", "coal", "toppra", "frankik", "franky_sim")  # of both planners


def start_checks() -> Iterator[Finding]:
    """The cheap ones, which every node makes when it starts."""
    yield packages(PACKAGES)
    yield dds_profile()


def machine_checks(planner: str, checkpoint: str, device: str) -> Iterator[Finding]:
    """All of them, for ``planner`` see ``motion_planner``; without the packages, no others."""
    yield from start_checks()
    if packages(PACKAGES).fine:
        yield gpu(device)
        yield model(checkpoint)
        yield motion_planner(planner)


def packages(wanted: dict[str, str]) -> Finding:
    """Python packages by name, and the remedy of each where it is missing."""
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        remedies = dict.fromkeys(wanted[name] for name in missing)
        return Finding("packages", f"missing: {', '.join(missing)}", "; ".join(remedies))
    return Finding("packages", f"{', '.join(wanted)} are there")


def dds_profile() -> Finding:
    """Fast DDS must share more memory than one image takes."""
    middleware = os.environ.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
    if "fastrtps" not in middleware:
        return Finding("DDS", f"{middleware}, which needs no profile of ours")
    remedy = f"export {PROFILES}={config_file('fastdds.xml')}"
    name = os.environ.get(PROFILES)
    if not name:
        return Finding("DDS profile", f"{PROFILES} is not set, so images get lost", remedy)
    try:
        segment = _shared_segment(Path(name))
    except (OSError, ElementTree.ParseError, ValueError) as error:
        return Finding("DDS profile", f"{name} cannot be read: {error}", remedy)
    if segment < MIN_SEGMENT:
        return Finding("DDS profile", f"{name} shares {segment} bytes, less than images take", remedy)
    return Finding("DDS profile", f"{name} shares {segment >> 20} MB")


def _shared_segment(path: Path) -> int:
    """Bytes of the largest shared-memory segment in a profile; 0 without any."""
    sizes = [e.text for e in ElementTree.parse(path).iter() if e.tag.rpartition("}")[2] == "segment_size"]
    return max((int(size or 0) for size in sizes), default=0)


def gpu(device: str) -> Finding:
    """Whether the network can run where it is asked to."""
    import torch

    from lggd_ros.detector import choose_device

    try:
        chosen = choose_device(device)
    except ValueError as error:
        return Finding("GPU", str(error), "start with device:=cpu, or install a driver that nvidia-smi finds")
    if chosen.type == "cpu":
        return Finding("GPU", f"none used: the network runs on {torch.get_num_threads()} threads of the CPU")
    return Finding("GPU", f"{torch.cuda.get_device_name(chosen)}, {torch.cuda.mem_get_info(chosen)[1] >> 30} GB")


def model(checkpoint: str) -> Finding:
    """Whether the checkpoint is there, and loads."""
    from lggd_ros.detector import checkpoint_path
    from lggd_ros.network.checkpoint import CheckpointError, load_checkpoint

    try:
        path = checkpoint_path(checkpoint)
        load_checkpoint(path)
    except CheckpointError as error:
        return Finding("checkpoint", str(error), "give checkpoint:= a file, or a name in models/")
    return Finding("checkpoint", f"{path.name}, {path.stat().st_size >> 20} MB")


def motion_planner(wanted: str) -> Finding:
    """``moveit``, ``embedded``, or ``auto``: MoveIt where it is installed."""
    missing = [name for name in PLANNING if find_spec(name) is None]
    if missing:
        return Finding("planner", f"missing: {', '.join(missing)}", REQUIREMENTS)
    if wanted == "moveit" or (wanted == "auto" and is_installed()):
        return _moveit()
    return Finding("planner", f"embedded: {', '.join(PLANNING)}")


def _moveit() -> Finding:
    """Installed, and content with our configuration, which has our group and pipeline."""
    install = "sudo apt install ros-jazzy-moveit ros-jazzy-moveit-py, or planner:=embedded"
    if not is_installed():
        return Finding("planner", "moveit, which is not installed", install)
    try:
        parameters = moveit_parameters()
        groups = _groups(parameters["robot_description_semantic"])
        pipelines = parameters["planning_pipelines"]["pipeline_names"]
    except Exception as error:  # MoveIt's builder fails in as many ways as there are files
        return Finding("planner", f"moveit refuses config/moveit: {error}", "install the package again")
    if GROUP not in groups or PIPELINE not in pipelines:
        found = f"groups {', '.join(groups)}, pipelines {', '.join(pipelines)}"
        return Finding("planner", f"moveit without {GROUP} or {PIPELINE}: {found}", "install the package again")
    return Finding("planner", f"moveit: groups {', '.join(groups)}; pipelines {', '.join(pipelines)}")


def _groups(srdf: str) -> list[str]:
    return [group.get("name", "") for group in ElementTree.fromstring(srdf).findall("group")]
