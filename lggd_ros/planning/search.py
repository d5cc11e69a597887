"""Search for a collision-free joint path with OMPL's RRT-Connect (Kuffner and LaValle, ICRA 2000)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ompl import base, geometric, util

RESOLUTION = 0.04
_SHORTCUTS = 60

util.setLogLevel(util.LogLevel.LOG_NONE)


def straight_segment(start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Joints (N, 7) from start to goal (7,), spaced as densely as collisions are checked."""
    steps = int(np.ceil(np.linalg.norm(goal - start) / RESOLUTION))
    return np.linspace(start, goal, max(steps, 1) + 1)


def find_path(
    is_free: Callable[[np.ndarray], bool],
    limits: tuple[np.ndarray, np.ndarray],
    start: np.ndarray,
    goals: np.ndarray,
    seed: int,
    should_stop: Callable[[], bool],
) -> np.ndarray | None:
    """Corners (N, 7) of a free path from joints (7,) to one of the goals (K, 7), shortened; None when stopped first.

    ``limits``: lower and upper joint limits (7,), widened here to hold the start. Equal seeds give equal paths.
    """
    util.RNG.setSeed(seed)
    space = _space(np.minimum(limits[0], start), np.maximum(limits[1], start))
    setting = base.SpaceInformation(space)
    setting.setStateValidityChecker(lambda state: is_free(_joints(state)))
    setting.setStateValidityCheckingResolution(RESOLUTION / space.getMaximumExtent())
    setting.setup()
    problem = _problem(setting, start, goals)
    planner = geometric.RRTConnect(setting)
    planner.setProblemDefinition(problem)
    planner.setup()
    planner.solve(base.PlannerTerminationCondition(should_stop))
    if not problem.hasExactSolution():
        return None
    return _shortened(setting, problem.getSolutionPath())


def _space(lower: np.ndarray, upper: np.ndarray) -> base.RealVectorStateSpace:
    bounds = base.RealVectorBounds(len(lower))
    for index, (low, high) in enumerate(zip(lower, upper, strict=True)):
        bounds.setLow(index, float(low))
        bounds.setHigh(index, float(high))
    space = base.RealVectorStateSpace(len(lower))
    space.setBounds(bounds)
    return space


def _problem(setting: base.SpaceInformation, start: np.ndarray, goals: np.ndarray) -> base.ProblemDefinition:
    problem = base.ProblemDefinition(setting)
    problem.addStartState(_state(setting, start))
    states = base.GoalStates(setting)
    for goal in goals:
        states.addState(_state(setting, goal))
    problem.setGoal(states)
    return problem


def _shortened(setting: base.SpaceInformation, path: geometric.PathGeometric) -> np.ndarray:
    """Counted, not timed, steps of simplification keep the plan independent of the machine's speed."""
    simplifier = geometric.PathSimplifier(setting)
    simplifier.reduceVertices(path)
    simplifier.partialShortcutPath(path, _SHORTCUTS)
    simplifier.reduceVertices(path)
    return np.array([_joints(state) for state in path.getStates()])


def _state(setting: base.SpaceInformation, joints: np.ndarray) -> base.State:
    state = setting.allocState()
    for index, value in enumerate(joints):
        state[index] = float(value)
    return state


def _joints(state: base.State) -> np.ndarray:
    return np.array([state[i] for i in range(7)])
