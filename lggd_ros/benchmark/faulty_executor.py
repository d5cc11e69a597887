"""The executor as a process, with a planner whose first reach fails: ``lggd benchmark execute --fault plan_fails``."""

from __future__ import annotations

import sys
from typing import Any

import rclpy

from lggd_ros.nodes.executor import Executor
from lggd_ros.nodes.running import run_node
from lggd_ros.planning.planner import MotionPlanner, PlanningError, ReachPlan


class FirstReachFails:
    """Another planner, but for its first reach."""

    def __init__(self, planner: MotionPlanner):
        self._planner, self._failed = planner, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._planner, name)

    def plan_reach(self, *arguments: Any) -> ReachPlan:
        """Raises PlanningError the first time."""
        if not self._failed:
            self._failed = True
            raise PlanningError("timed_out", "a planner that fails once, for a test")
        return self._planner.plan_reach(*arguments)


if __name__ == "__main__":
    rclpy.init()
    sys.exit(run_node(lambda: Executor(wrap=FirstReachFails)))
