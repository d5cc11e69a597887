"""Waits that are bounded and end as soon as their condition holds."""

import time

TIMEOUT = 90.0


def wait_until(condition, what, timeout=TIMEOUT):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"waited {timeout} s for {what}"
        time.sleep(0.005)


def answer(ask, what, lost_after):
    """What ``ask()`` comes to; asked again where DDS lost the answer: who is asked may have discovered the question's
    way, but not yet its own."""
    futures, begun = [], time.monotonic()

    def answered():
        if len(futures) <= (time.monotonic() - begun) / lost_after:
            futures.append(ask())
        return any(future.done() for future in futures)

    wait_until(answered, what)
    return next(future.result() for future in futures if future.done())
