"""`podium why` and `podium reindex`: the reason of an alert, and the word index under today's rules."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from cli.archive import Json, print_json
from cli.shown import console, print_explanation
from language.forms import RULES_VERSION
from storage import open_archive


def why(
    alert: Annotated[int, typer.Argument(help="The number of an alert, as `podium alerts` shows it.")],
    as_json: Json = False,
) -> None:
    """Say why an alert was raised: clause, word as written, form, dictionary form, sentence. Exit code 1 without such an alert.

    Example: podium why 17
    """
    try:
        content = open_archive(create=False).alert_content(alert)
    except KeyError:
        print(f"podium: there is no alert {alert}; `podium alerts` shows their numbers.", file=sys.stderr)
        raise typer.Exit(1) from None
    if as_json:
        print_json(asdict(content))
        return
    console.print(Text.assemble(("topic " + content.topic, "bold"), f"  {content.query}"))
    console.print(
        Text(f"{content.cause}, {content.office_title}, {content.published_on or 'undated'}: {content.title}")
    )
    console.print(Text(content.url))
    print_explanation(content.explanation)


def reindex(
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Releases in one transaction.")] = 100,
) -> None:
    """Renew the word index where it was made under older rules of forms. May run beside crawls and be broken off.

    Example: podium reindex
    """
    archive = open_archive(create=False)
    total = archive.word_index_stale()
    done = 0
    while number := archive.renew_word_index(batch):
        done += number
        if total > batch and console.is_terminal:
            console.print(f"{done} of {total} releases", end="\r")
    archive.close()
    console.print(
        f"{done} releases entered anew under rules {RULES_VERSION}." if done else "The word index is up to date."
    )
