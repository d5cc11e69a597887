"""An executor that runs beside a test, and ends before what it works with is destroyed."""

import threading
from contextlib import contextmanager


@contextmanager
def spinning(executor):
    """Spin in a thread until the block ends; ``spin`` itself would not notice that it is to end."""
    stopped = threading.Event()

    def spin():
        while not stopped.is_set():
            executor.spin_once(timeout_sec=0.1)

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(5)
        executor.shutdown()
