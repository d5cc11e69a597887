"""The node ``simulator``: a RobotWorld behind the topics and actions of the real camera, arm and gripper.

Nothing but ``~/ground_truth`` and ``/clock`` gives it away. Parameters: see ``config/simulator.yaml``.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import rclpy
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from lggd_ros.simulation.arm_server import ArmServer
from lggd_ros.simulation.camera_publisher import CameraPublisher
from lggd_ros.simulation.config import SimulatorConfig
from lggd_ros.simulation.faults import Faults
from lggd_ros.simulation.gripper_server import GripperServer
from lggd_ros.simulation.physics import PhysicsThread
from lggd_ros.simulation.recorder import Recorder
from lggd_ros.simulation.state_publisher import StatePublisher
from lggd_ros.simulation.truth import ground_truth
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.scenes import make_scene

WAKE = 0.5  # seconds


class Simulator(Node):
    """Ready, and running, once constructed. Raises ValueError on bad parameters."""

    def __init__(self) -> None:
        super().__init__("simulator")
        config = self._read_config()
        world = RobotWorld(make_scene(config.setup, config.seed, config.split), Faults(config.faults))
        world.data.time += config.start_time
        self._recorder = Recorder(world.model, Path(config.record), config.record_rate) if config.record else None
        self._states = StatePublisher(self, world, config.gripper)
        self._physics = PhysicsThread(world, config.real_time_factor, self._on_tick)
        self._camera = CameraPublisher(self, self._physics, config.camera_rate)
        self._arm = ArmServer(self, self._physics)
        self._gripper = GripperServer(self, self._physics, config.gripper)
        self.create_service(Trigger, "~/ground_truth", self._tell_truth, callback_group=ReentrantCallbackGroup())
        self._physics.start()
        self._camera.start()
        self.get_logger().info(f"{config.setup} scene {config.seed}: {world.scene.instruction!r}")

    @property
    def running(self) -> bool:
        """False where the physics have ended."""
        return self._physics.running

    def close(self) -> None:
        """Stop time, and finish the video."""
        self._physics.stop()
        self._camera.join()
        if self._recorder is not None:
            self._recorder.close()

    def _read_config(self) -> SimulatorConfig:
        return SimulatorConfig(**{field.name: self._value(field) for field in fields(SimulatorConfig)})

    def _value(self, field: Field) -> Any:
        if not isinstance(field.default, tuple):
            return self.declare_parameter(field.name, field.default).value
        return tuple(self.declare_parameter(field.name, list(field.default)).value)

    def _on_tick(self, world: RobotWorld) -> None:
        self._states.publish(world)
        if self._recorder is not None:
            self._recorder.note(world)

    def _tell_truth(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        with self._physics.locked:
            response.message = json.dumps(ground_truth(self._physics.world))
        response.success = True
        return response


def main() -> None:
    """Run the node until SIGINT, SIGTERM or the end of its physics; the video is finished before ROS goes away."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = Simulator()
    except ValueError as error:
        raise SystemExit(f"simulator: {error}") from None
    executor = MultiThreadedExecutor(num_threads=8)
    executor.add_node(node)
    spinning = threading.Thread(target=executor.spin, name="ros", daemon=True)
    spinning.start()
    while node.running and not stopped.wait(WAKE):  # a handler runs in this thread, whichever one got the signal
        pass
    failed = not node.running
    node.close()
    executor.shutdown()
    spinning.join()
    rclpy.shutdown()
    sys.exit(failed)


if __name__ == "__main__":
    main()
