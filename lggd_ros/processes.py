"""The three nodes as processes of their own, started one after the other, all stopped when the block is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from lggd_ros.resources import config_file

STOP_SECONDS = 60.0


def private_domain(offset: int = 0) -> int:
    """A ROS domain of this process's own, another one per ``offset``; neither the default one nor the one that is set,
    where a robot may be listening."""
    taken = ("0", os.environ.get("ROS_DOMAIN_ID"))
    free = [domain for domain in range(1, 100) if str(domain) not in taken]
    return free[(os.getpid() + offset) % len(free)]


def ros_environment(domain_id: int) -> dict[str, str]:
    """The environment in which nodes on one machine find each other and pass images; values already set stay."""
    defaults = {
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(config_file("fastdds.xml")),
        "MUJOCO_GL": "egl",
        "ROS_LOG_DIR": str(Path("log").resolve()),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
    return defaults | os.environ | {"ROS_DOMAIN_ID": str(domain_id)}


class NodeProcesses:
    """``with NodeProcesses(environment, logs) as nodes: nodes.start("perception", module, parameters)``."""

    def __init__(self, environment: dict[str, str], logs: Path):
        self._environment, self.logs = environment, logs
        self._running: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> NodeProcesses:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, module: str, parameters: dict[str, object], parameter_file: str | None = None) -> None:
        """Run ``python -m module`` with ROS parameters; its output goes to ``logs/name.log``."""
        arguments = ["--ros-args"]
        if parameter_file is not None:
            arguments += ["--params-file", str(config_file(parameter_file))]
        for key, value in parameters.items():
            arguments += ["-p", f"{key}:={_yaml(value)}"]
        with open(self.logs / f"{name}.log", "w") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments], env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def check(self) -> None:
        """Raises ChildProcessError, with the last lines of its log, when a node has died."""
        for name, process in self._running.items():
            if process.poll() is not None:
                tail = (self.logs / f"{name}.log").read_text().splitlines()[-15:]
                raise ChildProcessError("\n".join([f"the {name} process ended with code {process.returncode}:", *tail]))

    def kill(self, name: str) -> None:
        """End one without a warning, as a crash would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self, *names: str) -> None:
        """Ask these, or all, to stop, last started first; what does not within ``STOP_SECONDS`` is ended, and its log
        tells where it hung."""
        running = [self._running.pop(name) for name in names or list(self._running)[::-1]]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)
                process.wait()


def _yaml(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    return str(value)
