from glob import glob
from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

NAME = "lggd_ros"
SHARE = f"share/{NAME}"

manifest = ElementTree.parse(Path(__file__).with_name("package.xml"))

setup(
    name=NAME,
    version=manifest.findtext("version"),
    description=manifest.findtext("description"),
    license=manifest.findtext("license"),
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    python_requires=">=3.10",
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (SHARE, ["package.xml"]),
        (f"{SHARE}/launch", glob("launch/*.py")),
        (f"{SHARE}/config", glob("config/*.*")),
        (f"{SHARE}/config/moveit", glob("config/moveit/*")),
        (f"{SHARE}/models", glob("models/*")),
    ],
    entry_points={
        "console_scripts": [
            "lggd = lggd_ros.cli:main",
            "perception_node = lggd_ros.nodes.perception:main",
            "camera_node = lggd_ros.nodes.camera:main",
            "executor_node = lggd_ros.nodes.executor:main",
            "simulator_node = lggd_ros.simulation.node:main",
        ],
    },
)
