"""The executor's services ``~/home``, ``~/open`` and ``~/stop`` (std_srvs/Trigger)."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from lggd_ros.execution.interfaces import Cancelled, CancelToken, RobotError
from lggd_ros.execution.outcome import PickFailure
from lggd_ros.execution.pick_and_place import PickAndPlace
from lggd_ros.nodes.turns import Turns
from lggd_ros.planning.planner import PlanningError

STOP_TIMEOUT = 5.0


class Services:
    """``home`` and ``open`` wait for nobody: while a goal runs they are refused. ``stop`` ends whatever runs."""

    def __init__(self, node: Node, picking: PickAndPlace, turns: Turns):
        self._turns, self._log = turns, node.get_logger()
        group = ReentrantCallbackGroup()

        def serve(name: str, motion: Callable[[CancelToken], None], done: str) -> None:
            node.create_service(
                Trigger, f"~/{name}", lambda _, answer: self._move(answer, motion, done), callback_group=group
            )

        serve("home", lambda cancel: picking.home(cancel, self._log.warning), "the arm is where it observes from")
        serve("open", picking.open_hand, "the hand is open")
        node.create_service(Trigger, "~/stop", self._stop, callback_group=group)

    def _move(self, answer: Trigger.Response, motion: Callable[[CancelToken], None], done: str) -> Trigger.Response:
        with self._turns.take() as cancel:
            if cancel is None:
                answer.message = "a goal is running; stop it first (executor/stop), or wait for it"
                return answer
            try:
                motion(cancel)
                answer.success, answer.message = True, done
            except Cancelled:
                answer.message = "stopped"
            except (RobotError, PlanningError, PickFailure) as error:
                answer.message = str(error)
        return answer

    def _stop(self, _: Trigger.Request, answer: Trigger.Response) -> Trigger.Response:
        answer.success = self._turns.stop(STOP_TIMEOUT)
        answer.message = "nothing moves" if answer.success else f"not at rest within {STOP_TIMEOUT:.0f} s"
        return answer
