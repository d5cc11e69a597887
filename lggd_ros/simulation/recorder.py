"""A video of what moves: states are noted while the physics runs and drawn in a thread of their own."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import imageio_ffmpeg
import mujoco

from lggd_ros.simulation.views import Overview, WorldState
from lggd_ros.simulation.world import RobotWorld

SIZE = (640, 480)


class Recorder:
    """``pick.mp4`` in ``folder``: all motion at its own speed, ``rate`` pictures per second; waits are left out."""

    def __init__(self, model: mujoco.MjModel, folder: Path, rate: float):
        folder.mkdir(parents=True, exist_ok=True)
        self._model, self._file, self._rate = model, folder / "pick.mp4", rate
        self._states: queue.SimpleQueue[WorldState | None] = queue.SimpleQueue()
        self._due = 0.0
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def note(self, world: RobotWorld) -> None:
        """Called on every tick."""
        if world.time >= self._due and world.moving:
            self._due = world.time + 1 / self._rate
            self._states.put(world.state)

    def close(self) -> None:
        """Draw what is left and finish the file."""
        self._states.put(None)
        self._thread.join()

    def _run(self) -> None:
        view = Overview(self._model, *SIZE)
        video = imageio_ffmpeg.write_frames(str(self._file), SIZE, fps=self._rate)
        video.send(None)
        while (state := self._states.get()) is not None:
            video.send(view.render(state).tobytes())
        video.close()
