"""Alerts as e-mail: building the message and handing it to the operator's mail server.

Which answers are final follows RFC 5321 §4.2: 4xx asks to come again, 5xx to one recipient or one message
is final. Whatever goes wrong with the server itself (greeting, TLS, AUTH, MAIL FROM, the network) is a
fault of the channel and always tried again: the recipient has refused nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from functools import lru_cache

import aiosmtplib

from alerts.config import Smtp
from alerts.messages import Message, one_line
from alerts.result import DELIVERED, Result
from alerts.yamlfile import ConfigError

COMMAND_SECONDS = 30.0
MAIL_SECONDS = 90.0
"""The longest that one mail may take, connecting included; below the lease of a delivery."""
QUEUE_SECONDS = 240.0
"""The longest that a mail waits for its turn behind others; with `MAIL_SECONDS` still well below the lease."""
IDLE_SECONDS = 20.0
"""An open connection is closed after so long without a mail; servers drop idle clients after a minute or
more.
"""
_POLICY = SMTP_POLICY.clone(cte_type="7bit")
_CHANNEL_CODES = frozenset({421, 500, 502, 503, 504, 530, 534, 535, 538})
"""Answers to RCPT that speak of the session, not of the recipient (RFC 5321 §4.2.3, RFC 4954 §6)."""


@lru_cache(maxsize=64)
def _parts(message: Message) -> tuple[EmailMessage, EmailMessage]:
    """Both parts of a mail, encoded once for all who get it."""
    text, html = EmailMessage(policy=_POLICY), EmailMessage(policy=_POLICY)
    text.set_content(message.text)
    html.set_content(message.html, subtype="html")
    for part in (text, html):
        del part["MIME-Version"]
    return text, html


def build_mail(
    message: Message,
    *,
    sender: str,
    recipient: str,
    uid: str,
    now: datetime,
    operator: str | None = None,
    unsubscribe: str | None = None,
) -> EmailMessage:
    """The mail that says `message`, as multipart/alternative; its Message-ID depends on `uid` alone.

    RFC 3834 asks for `Auto-Submitted`, RFC 2369 describes `List-Unsubscribe`, RFC 8058 its one-click form, which only a
    public `unsubscribe` address can answer.
    """
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY)
    mail.set_raw("Subject", _subject(message.subject))
    mail["From"] = Address(name or "podium", addr_spec=address)
    mail["To"] = Address(addr_spec=recipient)
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = f"<{uid}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    ways = [f"<{unsubscribe}>"] if unsubscribe else []
    ways += [f"<mailto:{operator}?subject=unsubscribe>"] if operator else []
    if ways:
        mail["List-Unsubscribe"] = ", ".join(ways)
    if unsubscribe:
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = f'multipart/alternative; boundary="=_{uid}"'
    mail.set_payload(list(_parts(message)))
    return mail


def _subject(text: str) -> str:
    """A subject as it stands in the header, folded. All of it is encoded words (RFC 2047) when any of it must be: mixing both,
    the standard library doubles a space where it folds, and takes what looks like an encoded word in a title for one."""
    subject = one_line(text)
    charset = "us-ascii" if subject.isascii() and "=?" not in subject else "utf-8"
    return Header(subject, charset, header_name="Subject", maxlinelen=76).encode(linesep="\r\n")


class Mailer:
    """One kept connection to the mail server, used by one mail after the other and closed when idle.

    Use as `async with Mailer(smtp) as mailer`. `tls_context` replaces the system's trust (for tests and own
    authorities). Raises `ConfigError` on entering when the password cannot be read.
    """

    def __init__(
        self, smtp: Smtp, *, tls_context: ssl.SSLContext | None = None, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._smtp = smtp
        self._tls = tls_context or ssl.create_default_context()
        self._idle = idle_seconds
        self._lock = asyncio.Lock()
        self._client: aiosmtplib.SMTP | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._texting = False
        self._fault: tuple[float, Result] | None = None

    async def __aenter__(self) -> Mailer:
        self._password()  # a missing one is told now
        return self

    def _password(self) -> str | None:
        """Read anew for every connection, so that a changed `file:` counts at once."""
        return self._smtp.password.value() if self._smtp.password is not None else None

    async def __aexit__(self, *exc: object) -> None:
        async with self._lock:
            await self._hang_up()

    @property
    def connected(self) -> bool:
        """Whether a connection to the server is open now."""
        return self._client is not None and self._client.is_connected

    async def send(self, mail: EmailMessage, recipient: str) -> Result:
        """Hand over one mail. Never raises for what a server or the network does."""
        asked_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await self._lock.acquire()
        except TimeoutError:
            busy = f"the mail server {self._smtp.host} was kept busy by other mails for {QUEUE_SECONDS:g} s"
            return Result("retry", busy, transmitted=False)
        try:
            if self._fault is not None and self._fault[0] >= asked_at:
                # The server failed while this mail waited its turn: ten waiting mails are not ten time-outs.
                return self._fault[1]
            return await self._in_turn(mail, recipient)
        finally:
            self._lock.release()

    async def _in_turn(self, mail: EmailMessage, recipient: str) -> Result:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        try:
            async with asyncio.timeout(MAIL_SECONDS):
                return await self._send(mail.as_bytes(), recipient)
        except TimeoutError:
            self._drop()
            return self._broke_off(f"it did not answer in time ({MAIL_SECONDS:g} s)", silent=True)
        except BaseException:
            self._drop()
            raise
        finally:
            if self._client is not None:
                self._closing = asyncio.get_running_loop().call_later(self._idle, self._drop_if_idle)

    async def _send(self, content: bytes, recipient: str) -> Result:
        kept = self.connected
        self._texting = False
        while True:
            try:
                client = await self._connected()
                sender = parseaddr(self._smtp.sender)[1]
                await client.mail(sender)
            except (aiosmtplib.SMTPException, ConfigError, OSError, TimeoutError) as error:
                self._drop()
                if kept:
                    # A kept connection may have been closed by the server meanwhile: once more with a fresh
                    # one.
                    kept = False
                    continue
                return self._server_fault(_sentence(error))
            break
        try:
            await client.rcpt(recipient)
            self._texting = True
            await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            return _refused(error, recipient)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._drop()
            # A server that hangs up has not taken it (RFC 5321 §3.8); one that is silent may have.
            return self._broke_off(_sentence(error), silent=isinstance(error, TimeoutError))
        return DELIVERED

    def _broke_off(self, what: str, *, silent: bool) -> Result:
        """The connection ended, or no answer came (`silent`). After DATA the server may have taken the mail: the repetition
        bears the same Message-ID."""
        if self._texting:
            return Result(
                "retry", f"the mail server {self._smtp.host} broke off after the text: {what}", channel_fault=True,
                ambiguous=silent,
            )  # fmt: skip
        return self._server_fault(what)

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        smtp = self._smtp
        client = aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=self._tls if smtp.security != "none" else None,
            username=smtp.user,
            password=self._password(),
            timeout=COMMAND_SECONDS,
        )
        self._client = client
        await client.connect()
        return client

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            self._drop()

    async def _hang_up(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.quit(timeout=5)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                self._drop()
        self._client = None

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _drop_if_idle(self) -> None:
        self._closing = None
        if not self._lock.locked():
            self._drop()

    def _server_fault(self, what: str) -> Result:
        result = Result("retry", f"the mail server {self._smtp.host}:{self._smtp.port} cannot be used: {what}",
                        channel_fault=True, transmitted=False)  # fmt: skip
        self._fault = (asyncio.get_running_loop().time(), result)
        return result


def _refused(error: aiosmtplib.SMTPResponseException, recipient: str) -> Result:
    said = f"{error.code} {one_line(str(error.message))[:200]}"
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        # 5.7.x is "delivery not authorized" (RFC 3463 §3.8): relaying denied, not an unknown mailbox.
        of_channel = error.code in _CHANNEL_CODES or str(error.message).startswith("5.7.")
        final = error.code >= 500 and not of_channel
        return Result(
            "dead" if final else "retry", f"the mail server does not take mail for {recipient}: {said}",
            channel_fault=of_channel, transmitted=False,
        )  # fmt: skip
    return Result("dead" if error.code >= 500 else "retry", f"the mail server refused the mail itself: {said}")


def _sentence(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"it refused the login, {error.code} {one_line(str(error.message))[:200]}"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return f"it refused the sender, {error.code} {one_line(str(error.message))[:200]}"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it answered {error.code} {one_line(str(error.message))[:200]}"
    return one_line(str(error))[:200] or type(error).__name__
