"""The launch file by ros2 launch's own service, with the simulator; skipped where launch is not installed."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ament_index_python.packages import get_packages_with_prefixes

from lggd_ros.processes import private_domain, ros_environment

pytest.importorskip("launch_ros", reason="launch and launch_ros come with a ROS 2 installation, not from PyPI")

ROOT = Path(__file__).parents[2]
EXECUTABLES = ("lggd", "perception_node", "executor_node", "simulator_node", "camera_node")
LAUNCH = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

path, *arguments = sys.argv[1:]
service = LaunchService(argv=arguments, noninteractive=True)
given = [tuple(argument.split(":=")) for argument in arguments]
included = IncludeLaunchDescription(PythonLaunchDescriptionSource(path), launch_arguments=given)
service.include_launch_description(LaunchDescription([included]))
sys.exit(service.run())
"""
TIMEOUT = 270.0


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The package as colcon installs it, from links into this checkout."""
    prefix = tmp_path_factory.mktemp("install")
    marker = prefix / "share/ament_index/resource_index/packages/lggd_ros"
    marker.parent.mkdir(parents=True)
    marker.touch()
    share, programs = prefix / "share/lggd_ros", prefix / "lib/lggd_ros"
    share.mkdir()
    programs.mkdir(parents=True)
    for name in ("package.xml", "config", "launch", "models"):
        (share / name).symlink_to(ROOT / name)
    for name in EXECUTABLES:
        (programs / name).symlink_to(Path(sys.executable).with_name(name))
    return prefix


class Launch:
    def __init__(self, prefix, log, *arguments):
        environment = ros_environment(private_domain(40))
        environment["AMENT_PREFIX_PATH"] = f"{prefix}:{environment.get('AMENT_PREFIX_PATH', '')}"
        environment["OVERRIDE_LAUNCH_PROCESS_OUTPUT"] = "screen"
        command = [sys.executable, "-c", LAUNCH, str(prefix / "share/lggd_ros/launch/grasp.launch.py"), *arguments]
        self._log = log
        with open(log, "w") as output:
            self._process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)

    @property
    def text(self):
        return self._log.read_text()

    def pid(self, name):
        found = re.search(rf"{name}-\d+\]: process started with pid \[(\d+)\]", self.text)
        return int(found[1]) if found else None

    def wait_for(self, condition, what):
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert self._process.poll() is None and time.monotonic() < end, f"no {what}:\n{self.text}"
            time.sleep(0.1)

    def end(self):
        return self._process.wait(TIMEOUT)

    def interrupt(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self.end()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_drivers_preflight_perception_executor_in_this_order_and_all_stop_when_one_dies(prefix, tmp_path):
    arguments = ("use_sim:=true", "setup:=isolated", "wait:=200", "device:=cpu")
    launch = Launch(prefix, tmp_path / "log", *arguments)
    try:
        launch.wait_for(lambda: launch.pid("executor_node"), "executor")
        text, names = launch.text, ["simulator_node", "lggd", "perception_node", "executor_node"]
        starts = [text.index(f"[{name}-{i}]: process started") for i, name in enumerate(names, 1)]
        assert starts == sorted(starts)
        assert (
            starts[1]
            < text.index("ok  colour images")
            < text.index("[lggd-2]: process has finished cleanly")
            < starts[2]
        )
        running = [launch.pid(name) for name in names if name != "lggd"]
        assert all(is_alive(pid) for pid in running)
        os.kill(launch.pid("perception_node"), signal.SIGKILL)
        assert launch.end() == 1
        assert "perception_node-3 ended with code -9, so everything is stopped" in launch.text
        assert not any(is_alive(pid) for pid in running)
    finally:
        launch.interrupt()


def test_without_camera_and_robot_the_preflight_says_what_is_missing(prefix, tmp_path):
    launch = Launch(prefix, tmp_path / "log", "camera:=none", "wait:=1")
    assert launch.end() == 1
    assert "BAD arm: no action /fr3_arm_controller/follow_joint_trajectory" in launch.text
    assert "robot or camera are not ready" in launch.text and launch.pid("perception_node") is None


def test_a_wrong_value_ends_the_launch_before_anything_starts(prefix, tmp_path):
    launch = Launch(prefix, tmp_path / "log", "planner:=magic")
    assert launch.end() == 1
    assert "argument planner is 'magic'; allowed: auto, moveit, embedded" in launch.text
    assert "process started" not in launch.text


@pytest.mark.skipif("franka_bringup" in get_packages_with_prefixes(), reason="franka_bringup is installed here")
def test_a_driver_that_is_not_installed_is_named(prefix, tmp_path):
    launch = Launch(prefix, tmp_path / "log", "robot_ip:=172.16.0.2", "camera:=none")
    assert launch.end() == 1
    assert "franka_bringup is not installed" in launch.text


def test_a_broken_checkpoint_stops_the_launch_with_perceptions_reason(prefix, tmp_path):
    launch = Launch(
        prefix, tmp_path / "log", "use_sim:=true", "setup:=isolated", "wait:=200", "checkpoint:=lggd_nothing"
    )
    assert launch.end() == 1
    assert "no checkpoint is called 'lggd_nothing'" in launch.text
    assert "perception could not be configured" in launch.text and launch.pid("executor_node") is None
