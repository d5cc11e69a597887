"""The actions ``homing``, ``move``, ``grasp`` and the service ``stop`` of the simulated hand, as franka_gripper's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from franka_msgs.action import Grasp, Homing, Move
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from lggd_ros.simulation.gripper import GripperCommand
from lggd_ros.simulation.physics import PhysicsThread

TICKS_PER_FEEDBACK = 5


class GripperServer:
    """Three actions of one kind: start a command, report the width, end as the command ends."""

    def __init__(self, node: Node, physics: PhysicsThread, namespace: str):
        self._physics, self._group = physics, ReentrantCallbackGroup()
        gripper = physics.world.gripper
        self._servers = [
            self._serve(node, f"{namespace}/homing", Homing, lambda goal: gripper.homing()),
            self._serve(node, f"{namespace}/move", Move, lambda goal: gripper.move(goal.width, goal.speed)),
            self._serve(node, f"{namespace}/grasp", Grasp, self._grasp),
        ]
        node.create_service(Trigger, f"{namespace}/stop", self._stop, callback_group=self._group)

    def _serve(self, node: Node, name: str, kind: Any, start: Callable[[Any], GripperCommand]) -> ActionServer:
        return ActionServer(
            node,
            kind,
            name,
            execute_callback=lambda handle: self._execute(handle, kind, start),
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=self._group,
        )

    def _grasp(self, goal: Grasp.Goal) -> GripperCommand:
        gripper, epsilon = self._physics.world.gripper, goal.epsilon
        return gripper.grasp(goal.width, goal.speed, goal.force, epsilon.inner, epsilon.outer)

    def _stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        with self._physics.locked:
            self._physics.world.gripper.stop()
        response.success = True
        return response

    def _execute(self, handle: ServerGoalHandle, kind: Any, start: Callable[[Any], GripperCommand]) -> Any:
        try:
            with self._physics.locked:
                command = start(handle.request)
                self._wait(handle, command, kind.Feedback)
        except ValueError as error:
            handle.abort()
            return kind.Result(success=False, error=str(error))
        if command.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return kind.Result(success=bool(command.success), error=command.error)

    def _wait(self, handle: ServerGoalHandle, command: GripperCommand, feedback: Any) -> None:
        ticks, gripper = 0, self._physics.world.gripper
        while command.success is None and self._physics.running:
            if handle.is_cancel_requested:
                gripper.stop()
            if ticks % TICKS_PER_FEEDBACK == 0:
                handle.publish_feedback(feedback(current_width=gripper.width))
            ticks += 1
            self._physics.wait_for_tick()
