"""Faults that need no kill, each a function that returns a `Shown`: a sentence with its figures, and whether they are right."""

from __future__ import annotations

from tests.faults.archives import full_disk, locked, locked_outcomes, workers
from tests.faults.clocks import changed_password, clock_changes, clock_jumps, smtp_down, smtp_gone
from tests.faults.places import Shown

__all__ = ["ALL", "Shown", "locked_outcomes", "workers"]

ALL = (clock_jumps, clock_changes, full_disk, locked, locked_outcomes, smtp_down, smtp_gone, changed_password)
