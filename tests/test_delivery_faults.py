"""`make faults` in a short form: fewer kills, the same demands."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.faults import scenarios
from tests.faults.scenarios import Shown


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What is broken on purpose is not logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda scenario: scenario.__name__)
def test_nothing_is_lost_when(scenario: Callable[[], Shown]) -> None:
    shown = scenario()
    assert shown.fine, shown.line


def test_four_workers_send_each_delivery_once() -> None:
    shown = scenarios.workers(400)
    assert shown.fine, shown.line


def test_processes_that_are_killed_lose_nothing_and_say_nothing_under_two_ids() -> None:
    code = (
        "import sys; from tests.faults import kills; counts = kills.run(30, seed=7); print(counts.lines()); "
        "sys.exit(0 if counts.fine and counts.kills == 30 else 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
