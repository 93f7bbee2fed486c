"""Misbehaviour on demand: which fault meets which request, and how often."""

import re
from dataclasses import dataclass

from tests.replica.story import ReplicaError

KINDS: dict[str, str] = {
    "429": "Too Many Requests with Retry-After (`retry_after` seconds)",
    "cut": "a body that ends before its Content-Length",
    "hang": "the request is taken and never answered",
    "slow": "the answer comes after `delay` seconds",
    "wall": "a bot manager's page at HTTP 200",
    "wall-redirect": "a redirect to such a page on another port",
    "empty": "a list page without rows; a release without text",
    "soft404": "the page-not-found layout at HTTP 200",
    "login": "a login page at HTTP 200",
    "same": "one and the same release under every address",
    "gone": "404",
    "home": "a redirect to the edition's home page",
    "redesign": "other elements and class names; with `rows` other addresses on lists too",
    "script": "pages whose main part only a script brings in, from `/api/main?path=…`",
    "garbled": "UTF-8 that a program took for Latin-1 and wrote as UTF-8 again",
    "charset": "a Content-Type that names `charset` although the bytes are UTF-8; with `encode` the bytes "
    "are `charset` and the Content-Type says UTF-8",
}
"""Every kind by name; beside these any HTTP status from 400 to 599."""

NOT_ROBOTS = r"^/(?!robots\.txt$)"


@dataclass
class Fault:
    """One fault in force: what, for which paths (regular expression, searched), how many times (None: for
    ever).
    """

    kind: str
    path: str = NOT_ROBOTS
    times: int | None = None
    retry_after: int = 1
    delay: float = 1.0
    charset: str = "iso-8859-1"
    encode: bool = False
    rows: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS and not re.fullmatch("[45][0-9][0-9]", self.kind):
            raise ReplicaError(
                f"no misbehaviour {self.kind!r}; there are: {', '.join(KINDS)} and any status 400 to 599"
            )
        if self.times is not None and self.times < 1:
            raise ReplicaError(f"times must be 1 or more, or left out for ever, not {self.times}")
        try:
            re.compile(self.path)
            "".encode(self.charset)
        except re.error as error:
            raise ReplicaError(f"the path {self.path!r} is no regular expression: {error}") from error
        except LookupError as error:
            raise ReplicaError(f"Python knows no charset {self.charset!r}") from error


class Faults:
    """The faults in force, oldest first; the first whose path fits meets the request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Behave again."""
        self._faults.clear()

    def __bool__(self) -> bool:
        return bool(self._faults)

    def take(self, path: str) -> Fault | None:
        """The fault that meets this request, counted down."""
        for fault in self._faults:
            if re.search(fault.path, path):
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._faults.remove(fault)
                return fault
        return None
