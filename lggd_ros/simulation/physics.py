"""Runs a RobotWorld at its own pace in a thread, and lets other threads talk to it safely."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lggd_ros.simulation.robot import TIMESTEP
from lggd_ros.simulation.world import RobotWorld

STEPS_PER_TICK = 5
MAX_LAG = 0.02  # seconds; hurrying after more would make every answer of the nodes look late
TURN = 2e-4  # seconds between ticks in which waiting threads get the lock


class PhysicsThread:
    """``with physics.locked: physics.world…`` from any thread; ``on_tick`` is called in the physics thread, locked.

    ``real_time_factor``: simulated per real seconds. A machine too slow for it falls behind and does not hurry after.
    """

    def __init__(self, world: RobotWorld, real_time_factor: float, on_tick: Callable[[RobotWorld], None]):
        self.world = world
        self.locked = threading.Condition()
        self._tick = STEPS_PER_TICK * TIMESTEP / real_time_factor
        self._on_tick = on_tick
        self._running = True
        self._thread = threading.Thread(target=self._run, name="physics", daemon=True)

    def start(self) -> None:
        """Let time pass."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """False once stopped, or when the physics thread has died."""
        return self._running and self._thread.is_alive()

    def stop(self) -> None:
        """Stop time, and wake all who wait."""
        self._running = False
        self._thread.join()
        with self.locked:
            self.locked.notify_all()

    def wait_for_tick(self) -> None:
        """With ``locked`` held: let it go until time has passed."""
        self.locked.wait(timeout=1.0)

    def _run(self) -> None:
        due = time.monotonic()
        while self._running:
            with self.locked:
                self.world.step(STEPS_PER_TICK)
                self._on_tick(self.world)
                self.locked.notify_all()
            due = max(due + self._tick, time.monotonic() - MAX_LAG)
            time.sleep(max(due - time.monotonic(), TURN))
