"""Start a replica as a process of its own, steer it, and end it."""

import re
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).resolve().parents[2]
_READY = re.compile(r"replica (http://127\.0\.0\.1:\d+/) control (http://127\.0\.0\.1:\d+/)\n")


class Replica:
    """A running replica.

    ``with Replica.start(stories=40) as office:`` starts the process and ends it. `url` is the site's base
    address with its last slash, `control_url` that of the control. What the replica refuses raises ValueError
    with its sentence.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str, control_url: str) -> None:
        """Take over a process that has said that it is ready; use :meth:`start`."""
        self.process = process
        self.url = url
        self.control_url = control_url
        self._http = httpx.Client(base_url=control_url, timeout=30, trust_env=False)

    @classmethod
    def start(cls, timeout: float = 30.0, **options: object) -> Self:
        """Start a process with the options of ``python -m tests.replica`` (``latency_ms=5``, ``no_log=True``
        …).

        RuntimeError when it is not ready within `timeout` seconds; it is ended then.
        """
        command = [sys.executable, "-m", "tests.replica", "--until-stdin-closes"]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            command += [] if value is False else [flag] if value is True else [flag, str(value)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        line = _read_line(process, timeout)
        ready = _READY.fullmatch(line)
        if ready is None:
            process.kill()
            _, errors = process.communicate()
            raise RuntimeError(f"the replica did not start: {line!r} {errors.decode(errors='replace')}")
        return cls(process, ready[1], ready[2])

    def close(self) -> None:
        """End the process and wait for it."""
        self._http.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _post(self, action: str, arguments: dict[str, Any]) -> Any:
        return _checked(self._http.post(f"/{action}", json=arguments))

    def publish(self, **arguments: Any) -> list[dict[str, Any]]:
        """Publish a story; the truth of each of its editions.

        Arguments, all optional: section, date ("2026-03-01"), slug, languages, titles and paragraphs by
        language, topic (default "nato"), photos. The same section, date and slug with other languages adds
        editions.
        """
        published: list[dict[str, Any]] = self._post("publish", arguments)
        return published

    def edit(self, url: str, **arguments: Any) -> dict[str, Any]:
        """Change one release (title, paragraphs, old and new, or change and topic); its truth."""
        edited: dict[str, Any] = self._post("edit", {"url": url, **arguments})
        return edited

    def withdraw(self, url: str, all_languages: bool = False) -> None:
        """Take a release, or its whole story, off the site."""
        self._post("withdraw", {"url": url, "all_languages": all_languages})

    def restore(self, url: str, all_languages: bool = False) -> None:
        """Put back what was withdrawn."""
        self._post("restore", {"url": url, "all_languages": all_languages})

    def misbehave(self, kind: str, **arguments: Any) -> None:
        """Put a fault in force (path, times, retry_after, delay, charset, encode, rows)."""
        self._post("misbehave", {"kind": kind, **arguments})

    def behave(self) -> None:
        """Clear every fault."""
        self._post("behave", {})

    def log(self) -> list[dict[str, Any]]:
        """Every request so far, oldest first."""
        entries: list[dict[str, Any]] = _checked(self._http.get("/log"))
        return entries

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._post("clear_log", {})

    def stories(self, **filters: str) -> list[dict[str, Any]]:
        """The truth of every release, or of those with this language, section, topic, url …"""
        truths: list[dict[str, Any]] = _checked(self._http.get("/stories", params=filters))
        return truths

    def paths(self) -> list[str]:
        """The path of every list page and release."""
        paths: list[str] = _checked(self._http.get("/paths"))
        return paths


def _checked(answer: httpx.Response) -> Any:
    content = answer.json()
    if answer.status_code == 400:
        raise ValueError(content["error"])
    answer.raise_for_status()
    return content


def _read_line(process: subprocess.Popen[bytes], timeout: float) -> str:
    """The first line of the process, or what there is of it when it ends or the time is over."""
    assert process.stdout is not None
    end, line = time.monotonic() + timeout, b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))
        byte = process.stdout.read(1) if ready else b""
        if not byte:
            break
        line += byte
    return line.decode(errors="replace")
