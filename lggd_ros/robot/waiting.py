"""Bounded, cancellable waits for threads that must not spin: callbacks run elsewhere and make the condition true."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rclpy.task import Future

from lggd_ros.execution.interfaces import Cancelled, CancelToken

POLL = 0.01
Check = Callable[[], None]


def wait_until(condition: Callable[[], bool], cancel: CancelToken, check: Check) -> None:
    """Wait for ``condition``. ``check`` raises when waiting has lost its point. Raises Cancelled within 10 ms."""
    while not condition():
        if cancel.wait(POLL):
            raise Cancelled
        check()


def wait_for(future: Future, cancel: CancelToken, check: Check) -> Any:
    """The result of an rclpy future, waited for as in ``wait_until``."""
    wait_until(future.done, cancel, check)
    return future.result()


def within(seconds: float, error: Exception) -> Check:
    """A check that raises ``error`` once ``seconds`` of wall clock have passed."""
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise error

    return check
