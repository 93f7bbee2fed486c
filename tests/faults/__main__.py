"""`make faults`: every fault, with the counts printed. Bounded to ten minutes.

The exit code is 1 when a count is not as it must be.
`python -m tests.faults KILLS` takes another number of SIGKILLs than 1,000.
"""

from __future__ import annotations

import sys
import time

from tests.faults import kills, scenarios
from tests.faults.deployment import silence

BOUND, SETTLING = 600.0, 60.0
"""Seconds that all may take, and those of them that are kept for what follows the kills."""


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    silence()
    began, fine = time.monotonic(), True
    for scenario in scenarios.ALL:
        fine &= _show(scenario())
    fine &= _show(scenarios.locked_outcomes(seconds=35.0))
    fine &= _show(scenarios.workers(hold_reader=60.0))
    counts = kills.run(number, seconds=BOUND - SETTLING - (time.monotonic() - began))
    for line in counts.lines():
        print(line, flush=True)
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(0 if fine and counts.fine and counts.kills >= number else 1)


def _show(shown: scenarios.Shown) -> bool:
    print(shown.line if shown.fine else f"WRONG: {shown.line}", flush=True)
    return shown.fine


if __name__ == "__main__":
    main()
