"""`make demo` does what it says, to the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_demo_ends_with_everything_as_it_should_be() -> None:
    command = [sys.executable, "-m", "tests.demo"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-1_000:]
    assert "Everything was as it should be." in done.stdout and "✗" not in done.stdout
