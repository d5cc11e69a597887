"""What is known of one goal while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lggd_ros.execution.interfaces import CancelToken, GraspCandidate
from lggd_ros.execution.outcome import ErrorCode, PickResult

STAGES = ("observe", "detect", "plan", "open", "approach", "close", "lift", "verify", "place")
OnStage = Callable[[str, int, float], None]


class Record:
    """Stages, times and findings of a goal. ``clock`` returns seconds."""

    def __init__(self, on_stage: OnStage, clock: Callable[[], float]):
        self._on_stage, self._clock = on_stage, clock
        self.attempt = 1
        self.grasp: GraspCandidate | None = None
        self.measured_width = 0.0
        self.left_its_place = False
        self.seconds: dict[str, float] = {}
        self.rejections: list[str] = []
        self._furthest: dict[int, float] = {}

    @contextmanager
    def stage(self, name: str, cancel: CancelToken) -> Iterator[None]:
        """Announce a stage, time it, and leave at its edges when cancelled."""
        cancel.raise_if_cancelled()
        self._on_stage(name, self.attempt, self._progress(name))
        start = self._clock()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + self._clock() - start
        cancel.raise_if_cancelled()

    def _progress(self, name: str) -> float:
        """Share of the stages in [0, 1) that this attempt has left behind; looking again takes none back."""
        furthest = max(self._furthest.get(self.attempt, 0.0), STAGES.index(name) / len(STAGES))
        self._furthest[self.attempt] = furthest
        return furthest

    def reject(self, reason: str) -> None:
        """Note why something that was tried in this attempt was given up."""
        self.rejections.append(f"attempt {self.attempt}: {reason}")

    def result(self, code: ErrorCode, message: str, recoveries: int) -> PickResult:
        """The result of this goal, ended by ``code``."""
        found = (self.grasp, self.measured_width, self.left_its_place)
        return PickResult(code, message, *found, recoveries, self.seconds, self.rejections)
