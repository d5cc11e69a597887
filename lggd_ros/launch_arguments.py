"""The arguments of ``grasp.launch.py``: what each means, what it may be, and which do not go together. No ROS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

YES_NO = ("true", "false")


@dataclass(frozen=True)
class Argument:
    """``choices`` is empty where anything goes."""

    default: str
    meaning: str
    choices: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """For ``ros2 launch --show-args``."""
        return f"{self.meaning} ({' | '.join(self.choices)})" if self.choices else self.meaning


ARGUMENTS = {
    "robot_ip": Argument("", "address of the FR3: starts franka_bringup; empty: the driver runs elsewhere"),
    "use_sim": Argument("false", "the simulated robot and camera, and their clock, instead of drivers", YES_NO),
    "camera": Argument("realsense_ros", "who serves the images; none: it runs elsewhere",
                       ("realsense_ros", "pyrealsense2", "none")),
    "hand_eye": Argument("", "file of lggd calibrate; empty: the camera is in the robot's description"),
    "drivers_only": Argument("false", "robot and camera alone: to calibrate, or with the nodes elsewhere", YES_NO),
    "planner": Argument("auto", "of motions; auto: MoveIt where it is installed", ("auto", "moveit", "embedded")),
    "checkpoint": Argument("lggd_tabletop", "a .safetensors file, or a name in models/"),
    "device": Argument("auto", "of the network: auto, cpu, cuda or cuda:N"),
    "auto_execute": Argument("false", "an instruction on grasp_instruction moves the arm", YES_NO),
    "gripper": Argument("franka_gripper", "namespace of the hand's actions; some set-ups use fr3_gripper"),
    "namespace": Argument("", "of the nodes and the robot's topics; not with use_sim"),
    "rviz": Argument("false", "show a real robot, the grasps and what was seen", YES_NO),
    "wait": Argument("60", "seconds that robot and camera have to come up"),
    "setup": Argument("scattered", "with use_sim: things on the table", ("isolated", "scattered", "cluttered")),
    "seed": Argument("0", "with use_sim: which scene"),
}  # fmt: skip


def check_names(command_line: Sequence[str], file: str) -> None:
    """``ros2 launch`` passes over misspelt arguments in silence; refuse them where ``file`` itself was launched.

    Raises ValueError with the right names.
    """
    if not any(Path(word).name == file for word in command_line):
        return
    unknown = [word.partition(":=")[0] for word in command_line if ":=" in word]
    unknown = [name for name in unknown if name not in ARGUMENTS]
    if unknown:
        raise ValueError(f"no argument is called {', '.join(unknown)}; there are: {', '.join(ARGUMENTS)}")


def check_values(given: dict[str, str]) -> None:
    """Raises ValueError: what may be given instead, or which two arguments contradict each other."""
    for name, value in given.items():
        choices = ARGUMENTS[name].choices
        if choices and value not in choices:
            raise ValueError(f"argument {name} is '{value}'; allowed: {', '.join(choices)}")
    for name in ("seed", "wait"):
        if not given[name].isdigit():
            raise ValueError(f"argument {name} is '{given[name]}'; give a whole number")
    for name in ("robot_ip", "namespace", "hand_eye"):
        if given["use_sim"] == "true" and given[name]:
            raise ValueError(f"use_sim:=true and {name}:={given[name]} contradict each other; give one of them")
    if given["hand_eye"] and not Path(given["hand_eye"]).is_file():
        raise ValueError(f"hand_eye: the file {given['hand_eye']} does not exist; lggd calibrate writes it")
