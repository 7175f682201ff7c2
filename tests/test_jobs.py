"""Background jobs run again and again, outlive their failures, and stop when told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from vocbot.jobs import Jobs


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_job_runs_again_and_outlives_its_failures(caplog: pytest.LogCaptureFixture) -> None:
    jobs, runs = Jobs(), []

    def job() -> None:
        runs.append(1)
        if len(runs) == 2:
            raise ValueError("secret of a customer")

    jobs.every("work", 0.01, job)
    until(lambda: len(runs) >= 4)
    assert jobs.healthy
    told = jobs.told()["work"]
    assert (told["failures"], told["last_error"]) == (1, "")
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
    jobs.stop()
    count = len(runs)
    time.sleep(0.05)
    assert len(runs) == count
    assert not jobs.healthy


def test_it_is_woken_and_goes_on_while_there_is_more() -> None:
    jobs, wake, left = Jobs(), threading.Event(), [0]
    done: list[int] = []

    def job() -> bool:
        done.append(left[0])
        left[0] = max(0, left[0] - 1)
        return left[0] > 0

    jobs.every("work", 60, job, wake)
    until(lambda: len(done) == 1)
    left[0] = 3
    wake.set()
    until(lambda: len(done) == 4)
    jobs.stop()


def test_stopping_does_not_wait_for_the_next_time() -> None:
    jobs = Jobs()
    jobs.every("work", 3600, lambda: None)
    began = time.monotonic()
    jobs.stop()
    assert time.monotonic() - began < 5
