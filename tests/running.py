"""What tests of the running program share: receivers of mail and posts, looks into the archive, waiting for processes."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

from storage.model import Run
from tests.alerts.receivers import MailServer, WebServer, mail_server, web_server
from tests.conftest import SCHEDULES, Deployment

SECRET = "whsec_cG9kaXVtLXRlc3Qtc2VjcmV0LTAxMjM0NTY3ODk="
NATO = "topics:\n  nato: {query: NATO OR НАТО OR ՆԱՏՕ OR OTAN, tell: [desk, hook]}\n"
DETAIL = r"/item/"


@contextmanager
def receivers() -> Iterator[tuple[MailServer, WebServer]]:
    """A mail server and a web server in a loop of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> tuple[AsyncExitStack, MailServer, WebServer]:
        stack = AsyncExitStack()
        return stack, await stack.enter_async_context(mail_server()), await stack.enter_async_context(web_server())

    stack, mails, hooks = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield mails, hooks
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def with_channels(mails: MailServer, hooks: WebServer, offices: str = SCHEDULES) -> str:
    return (
        "operator: operator@example.org\n"
        f"smtp: {{host: 127.0.0.1, port: {mails.port}, security: none, sender: podium@example.org}}\n"
        "channels:\n  desk: {email: analyst@example.org}\n"
        f'  hook: {{webhook: "{hooks.url()}", secret: env:HOOK_SECRET, allow_private: true}}\n' + offices
    )


def last_run(deployment: Deployment) -> Run:
    archive = deployment.archive()
    try:
        return archive.runs(limit=1)[0]
    finally:
        archive.close()


def keys(deployment: Deployment) -> set[tuple[str, str]]:
    archive = deployment.archive()
    try:
        return {(release.language, release.key) for release in archive.releases()}
    finally:
        archive.close()


def query(deployment: Deployment, sql: str) -> list[tuple[object, ...]]:
    """The archive's tables are a public interface: users open them with plain SQLite. No rows while there are no tables."""
    with sqlite3.connect(deployment.db) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone() is None:
            return []
        return connection.execute(sql).fetchall()


def wait_for(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something outside this process has come to be; fails when it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def closed_runs(deployment: Deployment) -> int:
    """How many runs have ended with a verdict."""
    return len(query(deployment, "SELECT id FROM runs WHERE finished_at IS NOT NULL"))
