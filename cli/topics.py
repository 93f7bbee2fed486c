"""`podium topics`: listing, trying and testing what is tracked."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from alerts.topics import SENTENCE_LANGUAGES, check_sentences
from cli.archive import Json, console, print_json
from crawler.config import load_configuration
from language.detect import detect
from language.evaluate import evaluate
from language.query import parse
from language.words import Words

app = typer.Typer(help="What is tracked: list, test, match.", no_args_is_help=True)


@app.command("list")
def list_topics() -> None:
    """The topics of topics.yaml. Example: podium topics list"""
    table = Table()
    for heading in ("topic", "query", "on", "told on"):
        table.add_column(heading)
    for topic in load_configuration().topics.values():
        told = ", ".join(topic.tell) or "no channel"
        table.add_row(escape(topic.name), escape(topic.query), ", ".join(sorted(topic.on)), escape(told))
    console.print(table)


@app.command()
def test() -> None:
    """Run every topic's `must_match` and `must_not_match`. Exit code 1 when one fails. Example: podium topics test"""
    topics = load_configuration().topics
    failures = check_sentences(topics)
    for failure in failures:
        console.print(failure, markup=False, highlight=False)
    sentences = sum(len(topic.must_match) + len(topic.must_not_match) for topic in topics.values())
    console.print(f"{len(topics)} topics, {sentences} sentences, {len(failures)} failures")
    raise typer.Exit(1 if failures else 0)


@app.command()
def match(
    query: Annotated[str, typer.Argument(help="A query as in topics.yaml.")],
    language: Annotated[str | None, typer.Option(help="The text's language; detected unless given.")] = None,
    as_json: Json = False,
) -> None:
    """Try a query on a text from standard input and say why it matches. Exit code 1 when it does not.

    Example: echo 'Նախագահն այցելեց ՆԱՏՕ-ի կենտրոնակայան' | podium topics match 'ՆԱՏՕ'
    """
    tree = parse(query)
    text = sys.stdin.read()
    found = evaluate(tree, Words.of("", text, language or detect(text, SENTENCE_LANGUAGES, None)))
    if as_json:
        print_json(found.to_dict() if found else None)
    elif found is None:
        console.print("no match")
    else:
        for clause in found.clauses:
            for hit in clause.hits:
                told = f"{clause.clause}: {hit.word} ({hit.strength}, {hit.key}) in: {hit.sentence}"
                console.print(told, markup=False, highlight=False)
    raise typer.Exit(0 if found else 1)
