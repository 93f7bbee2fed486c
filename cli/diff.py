"""`podium diff`: what changed between two texts of a release, word by word."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text as Shown

from cli.archive import Json, find_release, print_json
from cli.shown import console
from language.diff import Piece, Text, classify, diff
from storage import open_archive
from storage.releases import StoredRelease, StoredRevision

STYLES = {"same": "", "removed": "red strike", "added": "green"}
PLAIN = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
"""How changes are marked where there is no colour: as GNU wdiff does."""
Pair = tuple[StoredRevision, StoredRevision]


def compare(
    url: Annotated[str, typer.Argument(help="The release's address, however it is written.")],
    revision: Annotated[
        str | None, typer.Option(help="Of revision N what it changed, of `1:3` all from 1 to 3. By default of the newest.")
    ] = None,
    whole: Annotated[bool, typer.Option(help="Unchanged paragraphs too.")] = False,
    as_json: Json = False,
) -> None:
    """Show what an edit changed, in colour in a terminal, else marked [-gone-] and {+new+}. Exit code 1 when the release is
    not in the archive or has one text only.

    Example: podium diff www.president.am/en/press-release/item/2024/03/19/President-NATO --revision 1:3
    """
    stored = find_release(open_archive(create=False), url)
    old, new = _pair(stored, revision)
    if as_json:
        print_json(as_object(stored, old, new))
        return
    edit_class = class_of(stored, old, new)
    console.print(Shown(f"{stored.release.url}\nrevision {old.number} → {new.number}: {old.seen_at:%Y-%m-%d %H:%M} → "
                        f"{new.seen_at:%Y-%m-%d %H:%M} UTC, {new.origin}, {edit_class}\n"))  # fmt: skip
    title, body = diff(old.title, new.title), diff(old.body, new.body)
    if all(piece.kind == "same" for piece in (*title, *body)):
        console.print("Only white space differs.")
    for pieces, style in ((title, "bold"), (body, "")):
        shown = marked(pieces if whole else shortened(pieces), colour=console.is_terminal)
        shown.stylize(style)
        console.print(shown, end="\n\n", soft_wrap=not console.is_terminal)
    if stored.withdrawn_at is not None:
        console.print(f"Withdrawn from the site, known since {stored.withdrawn_at:%Y-%m-%d %H:%M} UTC.", style="red")


def _pair(stored: StoredRelease, asked: str | None) -> Pair:
    by_number = {revision.number: revision for revision in stored.revisions}
    if len(by_number) < 2:
        print(f"podium: {stored.release.url} has one text only; there is nothing to compare.", file=sys.stderr)
        raise typer.Exit(1)
    if asked is None:
        return stored.revisions[-2], stored.revisions[-1]
    match = re.fullmatch(r"\s*(\d{1,9})\s*(?::\s*(\d{1,9})\s*)?", asked)
    if match is None:
        print(f"podium: --revision {asked} names no revision; write 2, or 1:3.", file=sys.stderr)
        raise typer.Exit(2)
    first = int(match[1]) - 1 if match[2] is None else int(match[1])
    last = int(match[1]) if match[2] is None else int(match[2])
    if first not in by_number or last not in by_number:
        most = stored.revisions[-1].number
        print(f"podium: --revision {asked}: the release has revisions 1 to {most}; write for example {most}.",
              file=sys.stderr)  # fmt: skip
        raise typer.Exit(2)
    return by_number[first], by_number[last]


def class_of(stored: StoredRelease, old: StoredRevision, new: StoredRevision) -> str:
    """`figures and names` or `wording`: as it was stored, or worked out where the two are no neighbours."""
    if new.number == old.number + 1 and new.edit_class:
        return new.edit_class
    return classify(Text(old.title, old.body), Text(new.title, new.body), stored.release.text_language)


def as_object(stored: StoredRelease, old: StoredRevision, new: StoredRevision) -> dict[str, Any]:
    """A difference for machines: pieces with `kind` (same, removed, added) and `text`, of title and body."""
    described = [
        {"number": each.number, "seen_at": each.seen_at, "origin": each.origin, "edit_class": each.edit_class}
        for each in stored.revisions
    ]
    return {
        "url": stored.release.url,
        "language": stored.release.language,
        "from": old.number,
        "to": new.number,
        "edit_class": class_of(stored, old, new),
        "title": [asdict(piece) for piece in diff(old.title, new.title)],
        "body": [asdict(piece) for piece in diff(old.body, new.body)],
        "revisions": described,
        "withdrawn_at": stored.withdrawn_at,
    }


def marked(pieces: tuple[Piece, ...], *, colour: bool) -> Shown:
    """A difference as text, in colour or with marks."""
    shown = Shown()
    for piece in pieces:
        if colour:
            shown.append(piece.text, STYLES[piece.kind])
            continue
        start, end = PLAIN[piece.kind]
        bare = piece.text.strip()
        before, _, after = piece.text.partition(bare)
        shown.append(f"{before}{start}{bare}{end}{after}")
    return shown


def plain(pieces: tuple[Piece, ...]) -> str:
    """A difference with marks, whole."""
    return marked(pieces, colour=False).plain


def shortened(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The pieces without the paragraphs between two changes that have none."""
    found = []
    for position, piece in enumerate(pieces):
        paragraphs = piece.text.split("\n\n")  # those beside a change stay, and empty ones at either end say where it begins
        head = 0 if position == 0 else 1 if paragraphs[0] else 2
        tail = 0 if position == len(pieces) - 1 else 1 if paragraphs[-1] else 2
        left_out = len(paragraphs) - head - tail
        if piece.kind == "same" and left_out > 1 and len(pieces) > 1:
            note = f"(… {left_out} paragraphs unchanged …)"
            kept = [*paragraphs[:head], note, *(paragraphs[-tail:] if tail else ())]
            piece = Piece("same", "\n\n".join(kept))
        found.append(piece)
    return tuple(found)
