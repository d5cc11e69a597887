import ast
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import lggd_ros

ROOT = Path(__file__).parents[2]
PACKAGE = ElementTree.parse(ROOT / "package.xml")
MESSAGES = ElementTree.parse(ROOT / "lggd_ros_msgs" / "package.xml")
KNOWN = {"rclpy", "std_srvs", "tf2_ros", "launch", "launch_ros"}


def test_every_manifest_has_the_version_of_the_code():
    versions = {lggd_ros.__version__, importlib.metadata.version("lggd_ros")}
    assert versions == {PACKAGE.findtext("version"), MESSAGES.findtext("version")}


def test_executables_lead_to_functions():
    scripts = importlib.metadata.distribution("lggd_ros").entry_points.select(group="console_scripts")
    nodes = {"perception_node", "executor_node", "simulator_node", "camera_node"}
    assert {script.name for script in scripts} == nodes | {"lggd"}
    for script in scripts:
        source = ROOT.joinpath(*script.module.split(".")).with_suffix(".py").read_text()
        assert script.attr in {item.name for item in ast.parse(source).body if isinstance(item, ast.FunctionDef)}


def test_manifest_names_every_ros_package_that_is_imported():
    depends = {element.text for element in PACKAGE.iter("exec_depend")}
    assert ros_imports() <= depends


def test_manifest_names_every_package_that_is_launched():
    text = (ROOT / "launch" / "grasp.launch.py").read_text()
    named = set(re.findall(r'(?:package=|include\()"(\w+)"', text))
    assert {"franka_bringup", "realsense2_camera", "controller_manager", "rviz2"} <= named
    assert named - {"lggd_ros"} <= {element.text for element in PACKAGE.iter("exec_depend")}


def ros_imports():
    modules = set()
    for path in [*(ROOT / "lggd_ros").rglob("*.py"), *(ROOT / "launch").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module)
    roots = {module.split(".")[0] for module in modules}
    return {root for root in roots if root.endswith(("_msgs", "_interfaces")) or root in KNOWN}


def test_requirements_are_pinned():
    pinned = {line.split("==")[0] for line in lines("constraints.txt")}
    files = ("requirements.txt", "development.txt", "ros.txt")
    assert {normalised(name) for file in files for name in lines(file)} <= pinned


def lines(name):
    text = (ROOT / "standalone" / name).read_text().splitlines()
    return [line for line in text if line and not line.startswith("#")]


def normalised(name):
    return name.lower().replace("_", "-")


def test_colcon_finds_both_packages_in_a_workspace(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lggd_ros").symlink_to(ROOT)
    (tmp_path / "colcon_defaults.yaml").symlink_to("src/lggd_ros/colcon_defaults.yaml")
    colcon = Path(sys.executable).with_name("colcon")
    found = subprocess.run([colcon, "list", "--names-only"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["lggd_ros", "lggd_ros_msgs"]
