"""`make faults`: every fault, with the counts printed. Bounded to ten minutes.

The exit code is 1 when a count is not as it must be. `python -m tests.faults KILLS` takes another number of SIGKILLs than
1,000. Children that are killed mostly wait for receivers that hang: so they die in lanes side by side, each with an archive, an
office and receivers of its own, while the other faults go on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import fields

from tests.faults import kills, scenarios
from tests.faults.deployment import silence

BOUND, SETTLING = 600.0, 60.0
"""Seconds that all may take, and those of them that are kept for what follows the kills."""
LANES = 3


def main() -> int:
    silence()
    if sys.argv[1:2] == ["lane"]:
        number, seed, seconds = sys.argv[2:]
        counts = kills.run(int(number), int(seed), float(seconds))
        print(json.dumps({each.name: getattr(counts, each.name) for each in fields(counts)}))
        return 0
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    began, fine = time.monotonic(), True
    lanes = [_lane(number // LANES + (lane < number % LANES), seed=lane + 1) for lane in range(LANES)]
    try:
        for scenario in scenarios.ALL:
            fine &= _show(scenario())
        fine &= _show(scenarios.locked_outcomes(seconds=35.0))
        fine &= _show(scenarios.workers(hold_reader=60.0))
        counts = kills.Counts()
        for lane in lanes:
            counts.add(_counts(lane))
    finally:
        for lane in lanes:
            lane.kill()
    for line in counts.lines():
        print(line, flush=True)
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if fine and counts.fine and counts.kills >= number else 1


def _lane(number: int, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults", "lane", str(number), str(seed), str(BOUND - SETTLING)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _counts(lane: subprocess.Popen[str]) -> kills.Counts:
    out, _ = lane.communicate()
    found = json.loads(out)
    return kills.Counts(**{name: Counter(value) if isinstance(value, dict) else value for name, value in found.items()})


def _show(shown: scenarios.Shown) -> bool:
    print(shown.line if shown.fine else f"WRONG: {shown.line}", flush=True)
    return shown.fine


if __name__ == "__main__":
    sys.exit(main())
