"""Receivers that misbehave, as a process of their own: a web server and a mail server on loopback.

`python -m tests.faults.receivers LOG SEED` prints both ports and writes a JSON line to LOG for everything that reaches
it, before it answers. `POST /mode?m=fine` ends the misbehaviour, `?m=wild` begins it again. It ends
when its standard input closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, TextIO

import httpx
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_cG9kaXVtLXRlc3Qtc2VjcmV0LTAxMjM0NTY3ODk="
HOOK_MODES = ("fine",) * 12 + ("500", "429", "503", "410", "hang", "accept and hang", "close", "close early")
MAIL_MODES = ("fine",) * 12 + ("MAIL 451", "MAIL 550", "RCPT 450", "DATA 451", "accept and hang", "close")


class Receivers:
    """What happens to each request is drawn from a seeded generator, so that a run can be repeated."""

    def __init__(self, log: TextIO, seed: int) -> None:
        self.log = log
        self.chance = random.Random(seed)
        self.wild = True
        self.modes: dict[int, str] = {}

    def draw(self, modes: tuple[str, ...]) -> str:
        return self.chance.choice(modes) if self.wild else "fine"

    def write(self, **entry: Any) -> None:
        self.log.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self.log.flush()

    # ---- web -------------------------------------------------------------------------------------------------------

    async def control(self, request: web.Request) -> web.Response:
        self.wild = request.query["m"] == "wild"
        return web.Response()

    async def hook(self, request: web.Request) -> web.StreamResponse:
        mode = self.draw(HOOK_MODES)
        if mode == "close early":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = await request.read()
        try:
            Webhook(SECRET).verify(body, {name.lower(): value for name, value in request.headers.items()})
            verified = True
        except WebhookVerificationError:
            verified = False
        said = json.loads(body)
        items = said["data"].get("items") or [{**said, "id": request.headers["webhook-id"]}]
        about = [
            [item["id"], item["data"]["release"]["url"] if "release" in item["data"] else said["type"]]
            for item in items
        ]
        self.write(
            channel=request.match_info["name"], id=request.headers["webhook-id"], body=hashlib.sha256(body).hexdigest(),
            about=about, taken=mode in ("fine", "accept and hang"), mode=mode, verified=verified,
        )  # fmt: skip
        if mode in ("hang", "accept and hang"):
            await asyncio.sleep(3)
        if mode == "close":
            assert request.transport is not None
            request.transport.abort()
        if mode.isdigit():
            headers = {"Retry-After": "30"} if mode in ("429", "503") else {}
            return web.Response(status=int(mode), headers=headers, text="no")
        return web.Response(status=204)

    # ---- mail ------------------------------------------------------------------------------------------------------

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        mode = self.modes[id(session)] = self.draw(MAIL_MODES)
        if mode.startswith("MAIL"):
            return f"{mode[5:]} not now"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        mode = self.modes.get(id(session), "fine")
        if mode.startswith("RCPT"):
            return f"{mode[5:]} greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mode = self.modes.get(id(session), "fine")
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        text = mail.get_body(("plain",))
        html = mail.get_body(("html",))
        assert text is not None and html is not None
        parts = mail["Subject"] + text.get_content() + html.get_content()
        url = next((word for word in text.get_content().split() if "/item/" in word), mail["Subject"])
        uid = mail["Message-ID"].strip("<>").partition("@")[0]
        self.write(
            channel=envelope.rcpt_tos[0].partition("@")[0], id=uid, body=hashlib.sha256(parts.encode()).hexdigest(),
            about=[[uid, url]], taken=mode in ("fine", "accept and hang"), mode=mode, verified=True,
        )  # fmt: skip
        if mode.startswith("DATA"):
            return f"{mode[5:]} try later"
        if mode == "accept and hang":
            await asyncio.sleep(3)
        if mode == "close":
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"


async def _serve(path: Path, seed: int) -> None:
    logging.disable(logging.CRITICAL)  # clients that are killed are meant
    with path.open("a", encoding="utf-8") as log:
        receivers = Receivers(log, seed)
        app = web.Application()
        app.router.add_post("/mode", receivers.control)
        app.router.add_post("/{name}", receivers.hook)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(receivers, hostname="localhost", loop=loop), "127.0.0.1", 0)
        print(runner.addresses[0][1], server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.close()
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Running:
    """The receivers, running."""

    web: int
    mail: int
    path: Path

    def mode(self, name: str) -> None:
        httpx.post(f"http://127.0.0.1:{self.web}/mode", params={"m": name}, trust_env=False).raise_for_status()

    def received(self) -> list[dict[str, Any]]:
        """Everything that arrived so far."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]


@contextlib.contextmanager
def running(path: Path, seed: int = 1) -> Iterator[Running]:
    """The receivers as a process; ended with the block."""
    command = [sys.executable, "-m", "tests.faults.receivers", str(path), str(seed)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        web_port, mail_port = process.stdout.readline().split()
        yield Running(int(web_port), int(mail_port), path)
    finally:
        process.communicate()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
