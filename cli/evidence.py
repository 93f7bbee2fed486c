"""`podium evidence`: all that the archive holds of a release, in one zip whose sums `sha256sum -c` verifies."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli.archive import find_release
from cli.archive import plain as as_text
from cli.diff import as_object, class_of, plain
from language.diff import diff
from storage import Archive, open_archive
from storage.model import Page
from storage.releases import StoredRelease

SUMS = "SHA256SUMS"
_SUFFIXES = {"html": "html", "xml": "xml", "json": "json", "plain": "txt", "pdf": "pdf"}
_README = """Evidence of a release, from the archive of podium, which read it from the site of the press office.

{url}

SHA256SUMS       the SHA-256 of every other file; `sha256sum -c SHA256SUMS` in this folder verifies them
LANGUAGE/        one folder for each language of the release
  release.json   where it stands, when it was seen, its newest text, every revision and withdrawal
  revision-N/    one observed text:
    page.*       the bytes that the site sent, without transfer and content coding
    headers.json address, status, time and headers of that answer
    text.txt     title and body as podium read them from these bytes
    diff.txt     what changed since the revision before, marked [-gone-] and {{+new+}}; diff.json for machines
  withdrawal-N/  the answers by which the site said that the release is gone

Times are UTC. A revision's origin is `live`, `backfill` (read in the first pass over its list), `reread` (the bytes of an
earlier revision, read by a better reader) or `accepted` (a change of the whole site that the operator took as such).
"""


def evidence(
    url: Annotated[str, typer.Argument(help="The release's address, however it is written.")],
    output: Annotated[Path | None, typer.Option(help="The zip to write; by default named after the release.")] = None,
    only: Annotated[bool, typer.Option(help="Only the language at this address, not the whole story.")] = False,
) -> None:
    """Write what the archive holds of a release into one zip: raw pages and headers, all revisions and their diffs in every
    language, and SHA-256 sums. Nothing is overwritten. Exit code 1 when it is not in the archive.

    Example: podium evidence www.president.am/en/press-release/item/2024/03/19/President-NATO --output nato.zip
    """
    archive = open_archive(create=False)
    stored = find_release(archive, url)
    target = output or Path(default_name(stored))
    editions = [stored]
    if not only:
        editions += [found for other in stored.others if (found := archive.release_at(other.url)) is not None]
    files = dict(_files(archive, stored, editions))
    try:
        with target.open("xb") as file:
            try:
                write_zip(file, files, stored)
            except BaseException:
                target.unlink()
                raise
    except FileExistsError:
        print(f"podium: {target} is there already and is not overwritten: name another file with --output.",
              file=sys.stderr)  # fmt: skip
        raise typer.Exit(2) from None
    except OSError as error:
        print(f"podium: {target} cannot be written ({error.strerror}): name another file with --output.",
              file=sys.stderr)  # fmt: skip
        raise typer.Exit(2) from None
    what = f"{_count(len(editions), 'language')}, {_count(sum(len(each.revisions) for each in editions), 'revision')}"
    print(f"{target}: {what}, {_count(len(files), 'file')}; verify with "
          f"`unzip {target} -d FOLDER && cd FOLDER && sha256sum -c {SUMS}`")  # fmt: skip


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def default_name(stored: StoredRelease) -> str:
    """The name of a zip that was not named: office, language and key, in letters that every file system takes."""
    release = stored.release
    key = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{release.office}-{release.language}-{release.key}").strip("-.")
    return f"evidence-{key[:120]}.zip"


def write_zip(file: BinaryIO, files: dict[str, bytes], stored: StoredRelease) -> None:
    """The files with their sums as a zip; the same files give the same bytes."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    newest = stored.revisions[-1].seen_at.timetuple()[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in [*sorted(files.items()), (SUMS, sums.encode())]:
            entry = zipfile.ZipInfo(name, newest)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content)


def _files(archive: Archive, stored: StoredRelease, editions: list[StoredRelease]) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", _README.format(url=stored.release.url).encode()
    folders: Counter[str] = Counter()
    for edition in editions:
        folder = re.sub(r"[^A-Za-z0-9-]", "", edition.release.language) or "release"
        folders[folder] += 1  # a story may stand twice in one language, in two sections
        yield from _edition(archive, edition, folder if folders[folder] == 1 else f"{folder}-{folders[folder]}")


def _edition(archive: Archive, stored: StoredRelease, folder: str) -> Iterator[tuple[str, bytes]]:
    withdrawals = archive.withdrawals(stored.id)
    yield f"{folder}/release.json", _json({**asdict(stored), "withdrawals": [asdict(each) for each in withdrawals]})
    for position, revision in enumerate(stored.revisions):
        place = f"{folder}/revision-{revision.number}"
        if revision.page_id is not None:
            yield from _page(place, "page", archive.page(revision.page_id))
        yield f"{place}/text.txt", f"{revision.title}\n\n{revision.body}\n".encode()
        if position:
            before = stored.revisions[position - 1]
            told = (
                f"revision {before.number} → {revision.number}, {before.seen_at.isoformat()} → "
                f"{revision.seen_at.isoformat()}, {revision.origin}, {class_of(stored, before, revision)}\n\n"
                f"{plain(diff(before.title, revision.title))}\n\n{plain(diff(before.body, revision.body))}\n"
            )
            yield f"{place}/diff.txt", told.encode()
            yield f"{place}/diff.json", _json(as_object(stored, before, revision))
    for number, withdrawal in enumerate(withdrawals, 1):
        for count, (_, _, page_id) in enumerate(withdrawal.answers, 1):
            yield from _page(f"{folder}/withdrawal-{number}", f"answer-{count}", archive.page(page_id))


def _page(folder: str, name: str, page: Page) -> Iterator[tuple[str, bytes]]:
    kind = page.headers.get("content-type", "").partition(";")[0].rpartition("/")[2].rpartition("+")[2].strip().lower()
    headers = {
        "url": page.url,
        "status": page.status,
        "fetched_at": page.fetched_at,
        "sha256": hashlib.sha256(page.body).hexdigest(),
        "headers": dict(page.headers),
    }
    yield f"{folder}/{name}.{_SUFFIXES.get(kind, 'bin')}", page.body
    yield f"{folder}/{'headers' if name == 'page' else name + '.headers'}.json", _json(headers)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, default=as_text) + "\n").encode()
