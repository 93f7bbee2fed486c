"""`podium topics`: listing, trying and testing what is tracked."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from alerts.lint import lint as lint_topics
from alerts.topics import SENTENCE_LANGUAGES, check_sentences, load_references
from cli.archive import Json, print_json
from cli.shown import console, print_explanation
from cli.trying import try_topic
from crawler.config import load_configuration
from crawler.options import UsageProblem
from language.detect import detect
from language.evaluate import Explanation, evaluate
from language.query import QueryError, parse
from language.references import References
from language.words import Words
from storage import open_archive
from storage.database import archive_path

app = typer.Typer(help="What is tracked: list, test, lint, try, match.", no_args_is_help=True)
app.command("try")(try_topic)


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
def lint(as_json: Json = False) -> None:
    """Look the topics over: clauses that nothing can meet, languages left out, words that no dictionary and no release
    of the archive knows. Exit code 1 when there is something to look at. Example: podium topics lint"""
    topics = load_configuration().topics
    known = None
    if archive_path().exists():
        archive = open_archive(create=False)
        known = lambda query: bool(archive.search(query, limit=1))  # noqa: E731
    found = lint_topics(topics, known, load_references())
    if as_json:
        print_json(found)
    else:
        for what in found:
            console.print(what, markup=False, highlight=False)
        console.print(f"{len(topics)} topics, {len(found)} things to look at")
    raise typer.Exit(1 if found else 0)


@app.command()
def match(
    query: Annotated[str | None, typer.Argument(help="A query as in topics.yaml.")] = None,
    language: Annotated[str | None, typer.Option(help="The text's language; detected unless given.")] = None,
    as_json: Json = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read lines of {"query", "language", "text"}; answer each with one line.')
    ] = False,
) -> None:
    """Try a query on a text from standard input and say why it matches. Exit code 1 when it does not.

    Example: echo 'Նախագահն այցելեց ՆԱՏՕ-ի կենտրոնակայան' | podium topics match 'ՆԱՏՕ'

    With --jsonl each line is answered with {"matched", "explanation"}, or {"error"} in a sentence, and the exit code is 0.
    """
    references = load_references()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    if jsonl:
        if query is not None:
            raise UsageProblem("with --jsonl the queries stand in the lines; leave the argument out")
        for line in sys.stdin:
            if line.strip():
                print(json.dumps(_answer(line, references), ensure_ascii=False), flush=True)
        return
    if query is None:
        raise UsageProblem("write a query, as in: podium topics match 'NATO summit' < text, or use --jsonl")
    found = _evaluated(query, sys.stdin.read(), language, references)
    if as_json:
        print_json(found.to_dict() if found else None)
    elif found is None:
        console.print("no match")
    else:
        print_explanation(found.to_dict())
    raise typer.Exit(0 if found else 1)


_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, which JSON can write and UTF-8 cannot."""


def _evaluated(query: str, text: str, language: str | None, references: References) -> Explanation | None:
    tree = parse(query, references)
    text = _HALF.sub("\ufffd", text)
    return evaluate(tree, Words.of("", text, language or detect(text, SENTENCE_LANGUAGES, None)))


def _answer(line: str, references: References) -> dict[str, object]:
    """What `--jsonl` says of a line; whatever is wrong with it is its own answer and stops nothing."""
    try:
        asked = json.loads(line)
    except ValueError as error:
        return {"error": f"this line is no JSON: {error}"}
    if not isinstance(asked, dict):
        return {"error": 'this line is no object; write {"query": …, "language": …, "text": …}'}
    query, text, language = asked.get("query"), asked.get("text"), asked.get("language")
    if not isinstance(query, str) or not isinstance(text, str) or not isinstance(language, str | None):
        return {"error": "`query` and `text` must be texts, and `language` a code such as hy or absent"}
    try:
        found = _evaluated(query, text, language or None, references)
    except QueryError as error:
        return {"error": error.message}
    return {"matched": found is not None, "explanation": found.to_dict() if found else None}
