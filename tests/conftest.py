"""What every test may use: a press office on loopback, a configuration of its own, and crawls as real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from storage import Archive, open_archive
from tests.replica.client import Replica

POLITENESS_OFF = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False")
SCHEDULES = "offices:\n  president_am: {every: 10m}\n"


@dataclass
class Deployment:
    """A folder with archive and YAML files; `crawl` runs `scrapy crawl` there as a user would."""

    folder: Path
    url: str
    scope: tuple[str, ...] = ("-a", "sections=press-release", "-a", "languages=hy,en")
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Path:
        return self.folder / "podium.db"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PODIUM_DB": str(self.db), "PODIUM_CONFIG": str(self.folder), **self.variables}

    def configure(self, *, schedules: str = SCHEDULES, topics: str = "topics: {}\n") -> None:
        (self.folder / "schedules.yaml").write_text(schedules, encoding="utf-8")
        (self.folder / "topics.yaml").write_text(topics, encoding="utf-8")

    def start(self, *arguments: str, office: str = "president_am", scope: bool = True) -> subprocess.Popen[str]:
        """Begin a crawl; the caller ends it by its process id if it does not end itself."""
        command = [sys.executable, "-m", "scrapy", "crawl", office, "-a", f"base_url={self.url}", *POLITENESS_OFF]
        return subprocess.Popen(
            [*command, *(self.scope if scope else ()), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def crawl(
        self, *arguments: str, office: str = "president_am", scope: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """A whole crawl: its exit code, what it printed, what it logged."""
        process = self.start(*arguments, office=office, scope=scope)
        try:
            out, err = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def archive(self) -> Archive:
        """The archive as it is now; opened for each look, because crawls write it in between."""
        return open_archive(self.db, create=False)


@pytest.fixture
def office() -> Iterator[Replica]:
    """A small press office, its own for each test."""
    with Replica.start(stories=60) as replica:
        yield replica


@pytest.fixture
def deployment(tmp_path: Path, office: Replica) -> Deployment:
    made = Deployment(tmp_path, office.url)
    made.configure()
    return made
