"""One thing at a time moves the robot, and whatever does can be told to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lggd_ros.execution.interfaces import CancelToken


class Turns:
    """Actions and services ask for the robot here."""

    def __init__(self) -> None:
        self._changed, self._taken, self._cancel = threading.Condition(), False, CancelToken()
        self.stops = 0  # so far

    @contextmanager
    def take(self, stops: int | None = None) -> Iterator[CancelToken | None]:
        """A token to move under, or None while somebody else has the robot.

        ``stops``: how many there had been when the robot was asked for; one more since then meant this turn, too.
        """
        cancel = self._begin(stops)
        try:
            yield cancel
        finally:
            if cancel is not None:
                self._end()

    @property
    def stopping(self) -> bool:
        """Whether who has the robot has been told to stop."""
        return self._cancel.cancelled

    def cancel(self) -> None:
        """Tell who has the robot to stop, and do not wait."""
        self._cancel.cancel()

    def stop(self, timeout: float) -> bool:
        """Tell who has the robot to stop; True once nobody has it, False after ``timeout`` seconds."""
        with self._changed:
            self.stops += 1
            self._cancel.cancel()
            return self._changed.wait_for(lambda: not self._taken, timeout)

    def _begin(self, stops: int | None) -> CancelToken | None:
        with self._changed:
            if self._taken:
                return None
            self._taken, self._cancel = True, CancelToken()
            if stops is not None and stops < self.stops:
                self._cancel.cancel()
            return self._cancel

    def _end(self) -> None:
        with self._changed:
            self._taken = False
            self._changed.notify_all()
