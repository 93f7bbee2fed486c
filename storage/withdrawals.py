"""Absences and withdrawals of releases, and what waits because a whole site changed.

One answer that a release is gone proves nothing. Every such answer is kept with its page (`absences`); only several of them,
spread over hours, in runs that could read the site, make a withdrawal. One readable answer clears them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from language.words import Words
from storage.model import HEALTHY_VERDICTS, Release
from storage.releases import Releases, release_of
from storage.times import from_text, opt_from_text, to_text

CHECKS = 3
SPREAD = timedelta(hours=6)
"""A release is withdrawn after so many answers that it is gone, the first and the last so far apart."""
MOST_ABSENCES = 12
"""So many answers that a release is gone are kept before it counts as withdrawn; the newest replaces the last of them."""
SiteDecision = Literal["accept", "release", "drop"]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A release taken off its site: since when it was not found, when that was certain, and when it came back (None: it
    has not). `origin` 'accepted' is one that came with a change of the whole site and was not said. `answers` are the
    answers that it was concluded from: instant, what it was, and the id of the page."""

    id: int
    revision: int
    missing_since: datetime
    withdrawn_at: datetime
    restored_at: datetime | None
    origin: str
    answers: tuple[tuple[datetime, str, int], ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A release that something happened to: its newest text, and where that stands."""

    release: Release
    release_id: int
    story_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class Event:
    """A withdrawal or a restoration, at an instant."""

    subject: Subject
    cause: Literal["withdrawn", "restored"]
    at: datetime


class Withdrawals(Releases):
    """Verbs on absences, withdrawals and changes of a whole site."""

    # ---- absence and return --------------------------------------------------------------------------------------------

    def note_absence(self, release_id: int, run_id: int, answer: str, page_id: int, at: datetime) -> str:
        """Keep an answer that a release is gone, with its stored page; whether it counts is for its run's verdict. Returns
        what beside that it waits for, as `hold_change` does."""
        with self.store.transaction():
            self.store.execute("UPDATE releases SET checked_at = ? WHERE id = ?", (to_text(at), release_id))
            kept = self.store.all(
                "SELECT id, held_by FROM absences WHERE release_id = ? AND withdrawal_id IS NULL ORDER BY id",
                (release_id,),
            )
            held_by = kept[-1]["held_by"] if kept else ""
            if len(kept) >= MOST_ABSENCES:
                self._drop_absences("id = ?", (kept[-1]["id"],))
            self.store.execute(
                "INSERT INTO absences (release_id, run_id, at, answer, page_id, held_by) VALUES (?, ?, ?, ?, ?, ?)",
                (release_id, run_id, to_text(at), answer, page_id, held_by),
            )
        return str(held_by)

    def checked(self, release_id: int, at: datetime, *, stands: bool = False) -> None:
        """A release was asked for again, and its text was not compared; `stands`: it is there."""
        with self.store.transaction():
            self.store.execute(
                "UPDATE releases SET checked_at = ?, last_seen_at = CASE WHEN ? THEN ? ELSE last_seen_at END WHERE id = ?",
                (to_text(at), stands, to_text(at), release_id),
            )

    def clear_absences(self, release_id: int) -> None:
        """A release answered readably: what was said against it counts no more."""
        if self.store.one("SELECT 1 FROM absences WHERE release_id = ? AND withdrawal_id IS NULL", (release_id,)):
            with self.store.transaction():
                self._drop_absences("release_id = ? AND withdrawal_id IS NULL", (release_id,))

    def _drop_absences(self, where: str, parameters: Sequence[object]) -> None:
        pages = [row["page_id"] for row in self.store.all(f"SELECT page_id FROM absences WHERE {where}", parameters)]
        self.store.execute(f"DELETE FROM absences WHERE {where}", parameters)
        self.store.executemany("DELETE FROM pages WHERE id = ?", [(page,) for page in pages])

    def drop_unsound_absences(self, run_id: int, healthy: bool) -> None:
        """Forget absences that count for nothing: this run's unless it is healthy, and those of other runs of its office
        that were not."""
        rows = self.store.all(
            "SELECT a.id, n.id = this.id AS own, n.verdict FROM absences a JOIN runs n ON n.id = a.run_id "
            "JOIN runs this ON this.office = n.office WHERE a.withdrawal_id IS NULL AND this.id = ?",
            (run_id,),
        )
        unsound = [row["id"] for row in rows if not (healthy if row["own"] else row["verdict"] in HEALTHY_VERDICTS)]
        if unsound:
            with self.store.transaction():
                self._drop_absences(f"id IN ({','.join('?' * len(unsound))})", unsound)

    def due_withdrawals(self, office: str) -> list[int]:
        """Releases whose absences suffice (`CHECKS`, `SPREAD`) and are held by nothing."""
        rows = self.store.all(
            "SELECT a.release_id, min(a.at) AS first, max(a.at) AS last FROM absences a JOIN releases r ON r.id = a.release_id "
            "WHERE r.office = ? AND a.withdrawal_id IS NULL AND r.withdrawn_at IS NULL AND a.held_by <> 'site' "
            "GROUP BY a.release_id HAVING count(*) >= ? ORDER BY a.release_id",
            (office, CHECKS),
        )
        return [row["release_id"] for row in rows if from_text(row["last"]) - from_text(row["first"]) >= SPREAD]

    def withdraw(self, release_id: int, now: datetime, origin: Literal["live", "accepted"] = "live") -> Subject:
        """A release is withdrawn; its last text and the answers that prove it stay."""
        with self.store.transaction():
            subject = self.subject(release_id)
            first = self.store.one(
                "SELECT min(at) AS at FROM absences WHERE release_id = ? AND withdrawal_id IS NULL", (release_id,)
            )
            assert first is not None
            cursor = self.store.execute(
                "INSERT INTO withdrawals (release_id, revision, missing_since, withdrawn_at, origin) VALUES (?, ?, ?, ?, ?)",
                (release_id, subject.revision, first["at"] or to_text(now), to_text(now), origin),
            )
            self.store.execute(
                "UPDATE absences SET withdrawal_id = ? WHERE release_id = ? AND withdrawal_id IS NULL",
                (cursor.lastrowid, release_id),
            )
            self.store.execute("UPDATE releases SET withdrawn_at = ? WHERE id = ?", (to_text(now), release_id))
        return subject

    def restore(self, release_id: int, now: datetime) -> Subject | None:
        """A withdrawn release stands again; None when it was not withdrawn."""
        with self.store.transaction():
            changed = self.store.execute(
                "UPDATE releases SET withdrawn_at = NULL WHERE id = ? AND withdrawn_at IS NOT NULL", (release_id,)
            )
            if changed.rowcount != 1:
                return None
            self.store.execute(
                "UPDATE withdrawals SET restored_at = ? WHERE release_id = ? AND restored_at IS NULL",
                (to_text(now), release_id),
            )
            return self.subject(release_id)

    def subject(self, release_id: int) -> Subject:
        """A release's newest text as the subject of an event. KeyError when there is none of that id."""
        row = self.store.one(
            "SELECT r.*, s.key AS story_key FROM releases r JOIN stories s ON s.id = r.story_id WHERE r.id = ?",
            (release_id,),
        )
        if row is None:
            raise KeyError(release_id)
        return Subject(release_of(row), release_id, row["story_id"], row["revision"])

    def withdrawals(self, release_id: int) -> list[Withdrawal]:
        """Every withdrawal of a release, oldest first."""
        found = []
        for row in self.store.all("SELECT * FROM withdrawals WHERE release_id = ? ORDER BY id", (release_id,)):
            answers = self.store.all(
                "SELECT at, answer, page_id FROM absences WHERE withdrawal_id = ? ORDER BY id", (row["id"],)
            )
            found.append(
                Withdrawal(
                    id=row["id"],
                    revision=row["revision"],
                    missing_since=from_text(row["missing_since"]),
                    withdrawn_at=from_text(row["withdrawn_at"]),
                    restored_at=opt_from_text(row["restored_at"]),
                    origin=row["origin"],
                    answers=tuple((from_text(a["at"]), a["answer"], a["page_id"]) for a in answers),
                )
            )
        return found

    def withdrawn_since(self, since: datetime) -> list[Event]:
        """Every withdrawal and restoration since then that was to be said, in their order, with the text that was meant."""
        rows = self.store.all(
            "SELECT r.*, s.key AS story_key, e.cause, e.at, v.number, v.title AS title_then, v.body AS body_then FROM "
            "(SELECT release_id, revision, 'withdrawn' AS cause, withdrawn_at AS at FROM withdrawals "
            "WHERE withdrawn_at >= :since AND origin = 'live' UNION ALL "
            "SELECT release_id, revision, 'restored', restored_at FROM withdrawals "
            "WHERE restored_at >= :since AND origin = 'live') e "
            "JOIN releases r ON r.id = e.release_id JOIN stories s ON s.id = r.story_id "
            "JOIN revisions v ON v.release_id = r.id AND v.number = e.revision ORDER BY e.at, r.id",
            {"since": to_text(since)},
        )
        return [
            Event(
                Subject(
                    release_of({**dict(row), "title": row["title_then"], "body": row["body_then"]}),
                    row["id"],
                    row["story_id"],
                    row["number"],
                ),
                row["cause"],
                from_text(row["at"]),
            )
            for row in rows
        ]

    # ---- a change of the whole site ------------------------------------------------------------------------------------

    def hold_for_site(self, run_id: int) -> int:
        """Let the changed texts and the absences that this run brought wait for a decision of the operator; how many."""
        with self.store.transaction():
            texts = self.store.execute(
                "UPDATE pending_changes SET held_by = 'site' WHERE held_by = '' AND release_id IN "
                "(SELECT r.id FROM releases r JOIN runs n ON n.office = r.office WHERE n.id = ?) AND run_id <= ?",
                (run_id, run_id),
            )
            gone = self.store.execute(
                "UPDATE absences SET held_by = 'site' WHERE withdrawal_id IS NULL AND held_by = '' AND run_id = ?",
                (run_id,),
            )
        return texts.rowcount + gone.rowcount

    def held_for_site(self, office: str) -> tuple[int, int]:
        """How many changed texts, and how many missing releases, of an office wait for a decision of the operator."""
        row = self.store.one(
            "SELECT (SELECT count(*) FROM pending_changes p JOIN releases r ON r.id = p.release_id "
            "WHERE r.office = :office AND p.held_by = 'site') AS texts, "
            "(SELECT count(DISTINCT a.release_id) FROM absences a JOIN releases r ON r.id = a.release_id "
            "WHERE r.office = :office AND a.held_by = 'site' AND a.withdrawal_id IS NULL) AS gone",
            {"office": office},
        )
        assert row is not None
        return row["texts"], row["gone"]

    def decide_site_change(self, office: str, decision: SiteDecision, now: datetime) -> int:
        """What becomes of the changed texts and missing releases of an office that wait for the operator; how many.

        `accept`: the texts are revisions of origin `accepted`, and what is gone is withdrawn, without a word to anybody.
        `release`: they were edits and withdrawals after all; the next healthy run says them. `drop`: what was held is
        forgotten; if the site still says it, the next run finds it again.
        """
        mine = "release_id IN (SELECT id FROM releases WHERE office = ?) AND held_by = 'site'"
        with self.store.transaction():
            held = sum(self.held_for_site(office))
            gone = [
                row["release_id"]
                for row in self.store.all(f"SELECT DISTINCT release_id FROM absences WHERE {mine}", (office,))
            ]
            if decision == "release":
                self.store.execute(f"UPDATE pending_changes SET held_by = 'released' WHERE {mine}", (office,))
                self.store.execute(
                    f"UPDATE absences SET held_by = 'released' WHERE {mine} AND withdrawal_id IS NULL", (office,)
                )
                return held
            if decision == "accept":
                for release, page in self.changes_held_for_site(office):
                    words = Words.of(
                        release.title, release.body, release.text_language, release.office, release.section
                    )
                    self.record(release, page, words, None, "accepted")
                for release_id in gone:
                    self.withdraw(release_id, now, "accepted")
                return held
            for row in self.store.all(f"SELECT release_id FROM pending_changes WHERE {mine}", (office,)):
                self.drop_change(row["release_id"])
            self._drop_absences(f"{mine} AND withdrawal_id IS NULL", (office,))
        return held
