"""Real receivers on loopback: a mail server, a web server that answers as told, and a certificate for both."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "podium", "correct horse"


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for `localhost`, as contexts for the server and for a client that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def make_certificate(folder: Path) -> Certificate:
    """A fresh certificate whose files are kept in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert_file, key_file)
    return Certificate(server, ssl.create_default_context(cafile=str(cert_file)))


@dataclass
class MailServer:
    """What an SMTP server took, and the answers it gives instead of its own (`MAIL`, `RCPT`, `DATA`, `HELO`, and
    by recipient: `refused`)."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    connections: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    after_data: Callable[[SMTP], Awaitable[None]] | None = None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [self.answers["HELO"]] if "HELO" in self.answers else responses

    async def handle_HELO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str) -> str:
        session.host_name = hostname
        return self.answers.get("HELO", f"250 {hostname}")

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused or "RCPT" in self.answers:
            return self.refused.get(address) or self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.envelopes.append(envelope)
        self.sessions.append(session)
        if self.after_data is not None:
            await self.after_data(server)
        return "250 taken"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    fine = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=fine, handled=False)


@asynccontextmanager
async def mail_server(
    *,
    certificate: Certificate | None = None,
    implicit_tls: bool = False,
    login: bool = False,
    port: int = 0,
) -> AsyncIterator[MailServer]:
    """An SMTP server on 127.0.0.1; with a certificate it demands STARTTLS (or TLS from the start)."""
    receiver = MailServer()
    starttls = certificate is not None and not implicit_tls
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        receiver.connections += 1
        return SMTP(
            receiver,
            hostname="localhost",
            tls_context=certificate.server if certificate and starttls else None,
            require_starttls=starttls,
            auth_required=login,
            auth_require_tls=starttls,
            authenticator=_authenticate if login else None,
            loop=loop,
        )

    server = await loop.create_server(
        session, "127.0.0.1", port, ssl=certificate.server if certificate and implicit_tls else None
    )
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


@dataclass(frozen=True)
class Received:
    """One request that the web server got."""

    headers: dict[str, str]
    body: bytes


@dataclass
class WebServer:
    """What a web server got; `answer` says what it answers, `host` how it is reached."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    connections: set[Any] = field(default_factory=set)

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/hook?a=1"

    def answers(self, status: int, text: str = "", **headers: str) -> None:
        """Answer this from now on; underscores in header names stand for hyphens."""

        async def give(request: web.Request) -> web.StreamResponse:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, text=text, headers=names)

        self.answer = give

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.connections.add(request.transport)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(headers, await request.read()))
        return web.Response(status=204) if self.answer is None else await self.answer(request)


@asynccontextmanager
async def web_server(*, certificate: Certificate | None = None) -> AsyncIterator[WebServer]:
    """A web server on 127.0.0.1 that takes every POST and answers 204 unless told otherwise."""
    receiver = WebServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate.server if certificate else None)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()
