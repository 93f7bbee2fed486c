"""The main job on a press office that runs on this machine: `make demo`.

Starts a press office, a mail server and a webhook receiver on loopback, crawls as a user would, and shows what was crawled,
matched, mailed and posted. Ends by itself; exit code 1 when anything is not as it should be.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from standardwebhooks import Webhook

from storage import open_archive
from tests.alerts.receivers import MailServer, WebServer, mail_server, web_server
from tests.replica.client import Replica

SECRET = "whsec_" + "cG9kaXVtLWRlbW8tc2VjcmV0LTAxMjM0NTY3ODk="
SCHEDULES = """\
operator: operator@example.org
smtp: {{host: 127.0.0.1, port: {mail}, security: none, sender: podium@example.org}}
channels:
  desk: {{email: analyst@example.org}}
  newsroom: {{webhook: "http://127.0.0.1:{web}/podium", secret: env:PODIUM_DEMO_SECRET, allow_private: true}}
offices:
  president_am: {{every: 10m}}
"""
TOPICS = """\
topics:
  nato:
    title: NATO
    query: NATO OR НАТО OR ՆԱՏՕ OR OTAN
    tell: [desk, newsroom]
    must_match: ["The President met the NATO Secretary General.", "Նախագահն այցելեց ՆԱՏՕ-ի կենտրոնակայան։"]
"""

console = Console(width=118)
failures: list[str] = []


def check(claim: str, true: bool) -> None:
    """Say a claim with a tick or a cross; what is not so makes the demo fail."""
    console.print(f"  [bold {'green]✓' if true else 'red]✗'}[/] {claim}")
    if not true:
        failures.append(claim)


async def crawl(what: str, environment: dict[str, str], url: str, *arguments: str) -> dict[str, Any]:
    """Run `scrapy crawl president_am` on the demo's press office and return its run's row."""
    command = ["-m", "scrapy", "crawl", "president_am", "-a", f"base_url={url}", *arguments]
    console.rule(f"[bold]{what}")
    console.print(f"$ scrapy crawl president_am -a base_url={url} {' '.join(arguments)}", markup=False, style="dim")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, "-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-L", "WARNING",
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    console.print(out.decode().rstrip(), markup=False, highlight=False)
    if process.returncode:
        console.print(err.decode()[-2000:], markup=False)
    check(f"the crawl ended with exit code {process.returncode}", process.returncode == 0)
    archive = open_archive(Path(environment["PODIUM_DB"]), create=False)
    counts = archive.runs(limit=1)[0].counts
    archive.close()
    return {"what": what, "counts": counts}


def show_mail(server: MailServer) -> None:
    content = server.envelopes[0].content
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=email.policy.default)
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted"))
    text = message.get_body(("plain",))
    assert text is not None
    console.print(Panel(Text(f"{head}\n\n{text.get_content().strip()}"), title="the mail (text part)", highlight=False))


def show_post(server: WebServer) -> None:
    post = server.received[0]
    head = "\n".join(f"{name}: {post.headers[name]}" for name in post.headers if name.startswith("webhook-"))
    body = json.dumps(json.loads(post.body), ensure_ascii=False, indent=2)
    console.print(Panel(Text(f"{head}\n\n{body}"), title="the webhook", highlight=False))
    try:
        Webhook(SECRET).verify(post.body, post.headers)
        verified = True
    except Exception as error:
        verified, _ = False, console.print(error)
    check("the webhook's signature is verified by the standardwebhooks library", verified)


async def demo(folder: Path, office: Replica, mails: MailServer, hooks: WebServer) -> list[dict[str, Any]]:
    (folder / "schedules.yaml").write_text(SCHEDULES.format(mail=mails.port, web=hooks.port), encoding="utf-8")
    (folder / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    environment = os.environ | {
        "PODIUM_DB": str(folder / "podium.db"),
        "PODIUM_CONFIG": str(folder),
        "PODIUM_DEMO_SECRET": SECRET,
        "COLUMNS": "110",
    }
    runs = [await crawl("1. The first crawl: the baseline, silent", environment, office.url)]
    check(f"{runs[0]['counts'].releases_new} releases were archived", runs[0]["counts"].releases_new > 400)
    check("nobody was told of what was there before", not mails.envelopes and not hooks.received)

    published = office.publish(topic="nato")
    languages = ", ".join(truth["language"] for truth in published)
    console.print(f"\nThe press office publishes, in {languages}: [bold]{published[0]['title']}[/]")
    runs.append(await crawl("2. The next crawl: found, matched, said once", environment, office.url))
    check(f"it was read in {len(published)} languages", runs[1]["counts"].releases_new == len(published))
    check("exactly one mail", len(mails.envelopes) == 1)
    check("exactly one post", len(hooks.received) == 1)
    if mails.envelopes and hooks.received:
        show_mail(mails)
        show_post(hooks)

    runs.append(await crawl("3. Once more: nothing new, nothing said", environment, office.url))
    check("still one mail and one post", (len(mails.envelopes), len(hooks.received)) == (1, 1))

    office.edit(published[0]["url"], change="paragraph")
    console.print("\nThe press office quietly edits the release.")
    runs.append(await crawl("4. A recheck: the edit is a revision", environment, office.url, "-a", "recheck=2d"))
    check("one revision was recorded", runs[3]["counts"].releases_edited == 1)
    check("still one mail and one post", (len(mails.envelopes), len(hooks.received)) == (1, 1))
    return runs


def account(runs: list[dict[str, Any]], mails: MailServer, hooks: WebServer, seconds: float) -> None:
    table = Table(title="What was done", title_justify="left")
    for heading in ("crawl", "requests", "rows", "new", "edited", "alerts"):
        table.add_column(heading, justify="left" if heading == "crawl" else "right")
    for run in runs:
        c = run["counts"]
        numbers = (c.requests, c.rows_seen, c.releases_new, c.releases_edited, c.alerts)
        table.add_row(run["what"], *(str(number) for number in numbers))
    console.print(table)
    console.print(f"{len(mails.envelopes)} mail, {len(hooks.received)} post, {seconds:.0f} seconds.")


async def main() -> int:
    began = time.monotonic()
    console.print("podium: starting a press office, a mail server and a webhook receiver on this machine ...")
    with tempfile.TemporaryDirectory(prefix="podium-demo-") as name, Replica.start() as office:
        async with mail_server() as mails, web_server() as hooks:
            runs = await demo(Path(name), office, mails, hooks)
            console.rule("[bold]The account")
            account(runs, mails, hooks, time.monotonic() - began)
    for failure in failures:
        console.print(f"[bold red]not so:[/] {failure}")
    if not failures:
        console.print("[bold green]Everything was as it should be.[/] README.md says how to watch the real site.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
