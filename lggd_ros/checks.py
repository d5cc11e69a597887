"""Refusing nonsense in settings: the parameter's name, its value and what is allowed, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raises ValueError outside ``low`` .. ``high``."""
    if not low <= value <= high:
        raise ValueError(f"parameter {name} is {value}; allowed: {low} to {high}")


def check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    """Raises ValueError for anything else than one of ``allowed``."""
    if value not in allowed:
        raise ValueError(f"parameter {name} is '{value}'; allowed: {', '.join(allowed)}")
