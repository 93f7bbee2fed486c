"""Releases, their revisions and the pages they were read from: what `record()` stores, and how it is shown again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from language.diff import Text, classify
from language.forms import RULES_VERSION
from language.words import Terms, Words
from storage.model import Change, Edition, Origin, Page, Release
from storage.pending import Pending
from storage.times import from_text, opt_date, opt_from_text, to_text

SILENT_ORIGINS = {
    "reread": "read again by a better reader",
    "accepted": "accepted as a change of the whole site",
}
"""Why nobody is told of revisions of these origins."""


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """One observed text of a release."""

    number: int
    seen_at: datetime
    title: str
    body: str
    origin: Origin
    page_id: int | None
    edit_class: str = ""
    """What kind of edit it is (`language.diff.EditClass`); '' for a first text and for a better reading."""


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """A release as the archive holds it now, with its revisions (oldest first) and the other languages of its story."""

    id: int
    release: Release
    revision: int
    first_seen_at: datetime
    last_seen_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    revisions: tuple[StoredRevision, ...]
    others: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest text of a known release and the page it was read from (None: the page was not kept)."""

    release_id: int
    story_id: int
    revision: int
    title: str
    body: str
    content_hash: str
    page_id: int | None
    withdrawn: bool = False


def release_of(row: sqlite3.Row | Mapping[str, Any]) -> Release:
    """A row of `releases`, with its `story_key`, as a record."""
    return Release(
        office=row["office"],
        section=row["section"],
        language=row["language"],
        text_language=row["text_language"],
        url=row["url"],
        key=row["key"],
        story_key=row["story_key"],
        title=row["title"],
        body=row["body"],
        published_on=opt_date(row["published_on"]),
        published_at=opt_from_text(row["published_at"]),
        thin=bool(row["thin"]),
        remarks=tuple(json.loads(row["remarks"])),
    )


_SELECT = "SELECT r.*, s.key AS story_key FROM releases r JOIN stories s ON s.id = r.story_id"


def url_variants(url: str) -> list[str]:
    """The addresses under which one release may be asked for: http/https, with and without `www.` and last slash."""
    url = url.strip()
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        parts.port  # noqa: B018 (a port that is no number is only found out when asked for)
    except ValueError:
        return [url]
    host = (parts.hostname or "").removeprefix("www.")
    if parts.port not in (None, 80, 443):
        host += f":{parts.port}"
    bare = f"{host}{parts.path}".rstrip("/")
    return [f"{s}://{w}{bare}{e}" for s in ("https", "http") for w in ("www.", "") for e in ("/", "")]


class Releases(Pending):
    """Verbs on releases, revisions, stories, pages and the word index."""

    def latest(self, office: str, language: str, key: str) -> Latest | None:
        row = self.store.one(
            "SELECT r.id, r.story_id, r.revision, r.title, r.body, r.content_hash, v.page_id, "
            "r.withdrawn_at IS NOT NULL FROM releases r JOIN revisions v ON v.release_id = r.id AND v.number = r.revision "
            "WHERE r.office = ? AND r.language = ? AND r.key = ?",
            (office, language, key),
        )
        return Latest(*(*row[:-1], bool(row[-1]))) if row else None

    def record(
        self, release: Release, page: Page, words: Words | Terms, run_id: int | None, origin: Origin = "live"
    ) -> Change:
        """Store what was read, within the caller's transaction or its own: a new release, a new revision, or nothing new.

        `words` is the analysed text of the release, for the word index. The same text again only moves `last_seen_at`
        and the validators. A changed text is a new revision at once: whether a difference may count is for the caller
        to decide before. `Change.silence` says why nobody is to be told, if so.
        """
        seen_at, digest = to_text(page.fetched_at), release.content_hash
        with self.store.transaction():
            row = self.store.one(
                "SELECT id, story_id, revision, title, body, content_hash FROM releases "
                "WHERE office = ? AND language = ? AND key = ?",
                (release.office, release.language, release.key),
            )
            first_seen, silence = self._mark_read(release, seen_at)
            if row is None:
                return self._insert(release, page, words, run_id, seen_at, digest, first_seen, silence)
            if row["content_hash"] == digest:
                self._touch(row["id"], page, seen_at)
                self.drop_change(row["id"])  # the site took it back before anybody was told
                return Change("unchanged", release, row["id"], row["story_id"], row["revision"], first_seen, silence)
            number = row["revision"] + 1
            page_id = self.store_page(page)
            edit_class = ""
            if origin != "reread":
                before, after = Text(row["title"], row["body"]), Text(release.title, release.body)
                edit_class = classify(before, after, release.text_language)
            self._insert_revision(row["id"], number, run_id, seen_at, release, digest, page_id, origin, edit_class)
            self.store.execute(
                "UPDATE releases SET title = ?, body = ?, content_hash = ?, revision = ?, changed_at = ?, "
                "text_language = ?, thin = ?, remarks = ?, "
                "published_on = coalesce(?, published_on), published_at = coalesce(?, published_at) WHERE id = ?",
                (
                    release.title,
                    release.body,
                    digest,
                    number,
                    seen_at,
                    release.text_language,
                    release.thin,
                    orjson.dumps(release.remarks).decode(),
                    release.published_on.isoformat() if release.published_on else None,
                    to_text(release.published_at) if release.published_at else None,
                    row["id"],
                ),
            )
            if origin != "reread":
                self._touch(row["id"], page, seen_at)
            self.store.execute("DELETE FROM releases_words WHERE rowid = ?", (row["id"],))
            self._index(row["id"], words)
            if origin != "reread":
                self.drop_change(row["id"])
            silent = SILENT_ORIGINS.get(origin)
            return Change(
                "reread" if silent else "edited",
                release,
                row["id"],
                row["story_id"],
                number,
                first_seen,
                silent or silence,
                previous=(row["title"], row["body"]),
            )

    def _mark_read(self, release: Release, seen_at: str) -> tuple[datetime, str]:
        """Take the release's rows off the frontier; when it was first seen, and its silence ('' if any row is loud)."""
        rows = self.store.all(
            "SELECT r.id, r.state, r.first_seen_at, r.silence FROM listing_rows r JOIN lists l ON l.id = r.list_id "
            "WHERE r.key = ? AND l.office = ? AND l.language = ?",
            (release.key, release.office, release.language),
        )
        for row in rows:
            if row["state"] != "read":
                self.store.execute("UPDATE listing_rows SET state = 'read' WHERE id = ?", (row["id"],))
        if not rows:
            return from_text(seen_at), ""
        silences = [row["silence"] for row in rows]
        return from_text(min(row["first_seen_at"] for row in rows)), "" if "" in silences else silences[0]

    def _insert(
        self,
        release: Release,
        page: Page,
        words: Words | Terms,
        run_id: int | None,
        seen_at: str,
        digest: str,
        first_seen: datetime,
        silence: str,
    ) -> Change:
        story = self.store.one(
            "SELECT id FROM stories WHERE office = ? AND key = ?", (release.office, release.story_key)
        )
        story_id = int(
            story["id"]
            if story
            else self.store.execute(
                "INSERT INTO stories (office, key, first_seen_at) VALUES (?, ?, ?)",
                (release.office, release.story_key, seen_at),
            ).lastrowid
            or 0
        )
        cursor = self.store.execute(
            "INSERT INTO releases (story_id, office, section, language, text_language, url, key, title, body, "
            "published_on, published_at, thin, remarks, content_hash, revision, first_seen_at, last_seen_at, "
            "changed_at, etag, last_modified, checked_at, read_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
            (
                story_id,
                release.office,
                release.section,
                release.language,
                release.text_language,
                release.url,
                release.key,
                release.title,
                release.body,
                release.published_on.isoformat() if release.published_on else None,
                to_text(release.published_at) if release.published_at else None,
                release.thin,
                orjson.dumps(release.remarks).decode(),
                digest,
                to_text(first_seen),
                seen_at,
                seen_at,
                page.etag,
                page.last_modified,
                seen_at,
                seen_at,
            ),
        )
        release_id = int(cursor.lastrowid or 0)
        page_id = self.store_page(page)
        origin: Origin = "backfill" if silence else "live"
        self._insert_revision(release_id, 1, run_id, seen_at, release, digest, page_id, origin)
        self._index(release_id, words)
        return Change("new", release, release_id, story_id, 1, first_seen, silence)

    def _insert_revision(
        self,
        release_id: int,
        number: int,
        run_id: int | None,
        seen_at: str,
        release: Release,
        digest: str,
        page_id: int,
        origin: Origin,
        edit_class: str = "",
    ) -> None:
        self.store.execute(
            "INSERT INTO revisions (release_id, number, run_id, seen_at, title, body, content_hash, page_id, origin, "
            "edit_class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (release_id, number, run_id, seen_at, release.title, release.body, digest, page_id, origin, edit_class),
        )

    def _index(self, release_id: int, words: Words | Terms) -> None:
        # A program that was left running through an update enters words under the older rules: they wait to be renewed.
        self.store.execute(
            "UPDATE word_index SET renewed_through = iif(renewed_through < renew_until, min(renewed_through, :id - 1), "
            ":id - 1), renew_until = iif(renewed_through < renew_until, max(renew_until, :id), :id) "
            "WHERE rules_version > :mine",
            {"id": release_id, "mine": RULES_VERSION},
        )
        self.store.execute(
            "INSERT INTO releases_words (rowid, title, body) VALUES (?, ?, ?)",
            (release_id, words.terms("title"), words.terms("body")),
        )

    def _touch(self, release_id: int, page: Page, seen_at: str) -> None:
        self.store.execute(
            "UPDATE releases SET last_seen_at = ?, checked_at = ?, read_at = ?, etag = ?, last_modified = ? WHERE id = ?",
            (seen_at, seen_at, seen_at, page.etag, page.last_modified, release_id),
        )

    def unchanged(self, release_id: int, seen_at: datetime) -> None:
        """A recheck answered 304: the release still stands as it is stored, and what changed meanwhile was taken back."""
        with self.store.transaction():
            at = to_text(seen_at)
            self.drop_change(release_id)
            self.store.execute(
                "UPDATE releases SET last_seen_at = ?, checked_at = ? WHERE id = ?", (at, at, release_id)
            )

    def release_at(self, url: str) -> StoredRelease | None:
        """The release at a live address, however it is written (scheme, `www.`, last slash, query, fragment)."""
        variants = url_variants(url)
        row = self.store.one(f"{_SELECT} WHERE r.url IN ({','.join('?' * len(variants))}) LIMIT 1", variants)
        return self._stored(row) if row else None

    def _stored(self, row: sqlite3.Row) -> StoredRelease:
        revisions = self.store.all("SELECT * FROM revisions WHERE release_id = ? ORDER BY number", (row["id"],))
        return StoredRelease(
            id=row["id"],
            release=release_of(row),
            revision=row["revision"],
            first_seen_at=from_text(row["first_seen_at"]),
            last_seen_at=from_text(row["last_seen_at"]),
            changed_at=from_text(row["changed_at"]),
            withdrawn_at=opt_from_text(row["withdrawn_at"]),
            revisions=tuple(
                StoredRevision(
                    v["number"], from_text(v["seen_at"]), v["title"], v["body"], v["origin"], v["page_id"], v["edit_class"]
                )
                for v in revisions
            ),
            others=self.editions(row["story_id"], row["id"]),
        )

    def editions(self, story_id: int, but: int) -> tuple[Edition, ...]:
        """The languages of a story that are in the archive, without release `but`."""
        rows = self.store.all(
            "SELECT language, title, url FROM releases WHERE story_id = ? AND id <> ? ORDER BY language",
            (story_id, but),
        )
        return tuple(Edition(*row) for row in rows)

    def releases(
        self, *, office: str | None = None, language: str | None = None, since: date | None = None
    ) -> Iterator[Release]:
        """Every release in the order it was stored, narrowed by what is given (`since`: its publication date)."""
        where, parameters = ["1"], []
        for clause, value in (("r.office = ?", office), ("r.language = ?", language)):
            if value is not None:
                where.append(clause)
                parameters.append(value)
        if since is not None:
            where.append("r.published_on >= ?")
            parameters.append(since.isoformat())
        for row in self.store.iterate(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY r.id", parameters):
            yield release_of(row)
