"""`python -m benchmarks [NAME …]`: measure, print one table, write benchmarks/results/latest.{json,md}."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import crawl, deliver, forms, match, poll, reading, search, store
from benchmarks.common import Figure

RESULTS = Path(__file__).parent / "results"
BENCHMARKS = {
    "crawl": crawl.run, "deliver": deliver.run, "poll": poll.run, "reading": reading.run,
    "store": store.run, "match": match.run, "forms": forms.run, "search": search.run,
}  # fmt: skip


def main() -> int:
    console = Console()
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"benchmarks: there is no {unknown[0]}; choose from {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names:
        console.print(f"measuring {name} ...")
        figures += BENCHMARKS[name]()
    table = Table(title=f"Python {platform.python_version()}, {platform.machine()}")
    for heading in ("figure", "measured", "demanded", "", "how"):
        table.add_column(heading)
    for f in figures:
        table.add_row(f.name, f"{f.value:.3g}" if f.value < 100 else f"{f.value:.0f}", f.demanded, f.verdict, f.note)
    console.print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(
        json.dumps([asdict(f) | {"verdict": f.verdict} for f in figures], indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
    lines = ["| figure | measured | demanded | | how |", "|---|---|---|---|---|"]
    lines += [f"| {f.name} | {f.value:.4g} | {f.demanded} | {f.verdict} | {f.note} |" for f in figures]
    (RESULTS / "latest.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
