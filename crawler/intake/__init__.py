"""What a run does with the pages that it gets: read them, store them, raise alerts, and close with a verdict.

Everything here runs in the writer thread, page by page, and touches no network. The spider hands in pages and asks
what to fetch next; that is all it needs to know of the archive.
"""

from crawler.intake.listings import Ahead
from crawler.intake.run import Closed, Intake, Plan, validators

__all__ = ["Ahead", "Closed", "Intake", "Plan", "validators"]
