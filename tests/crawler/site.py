"""A site on loopback whose answers a test decides: by path and query, or by a function of the request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


@dataclass
class Site:
    """`answers` by "METHOD /path?query"; what is missing is 404. `asked` is every request but robots.txt, with its body."""

    answers: dict[str, Answer | Callable[[bytes], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    """Of every request, robots.txt included."""
    url: str = ""

    def put(self, address: str, body: str | bytes, mime: str = "text/html; charset=utf-8", status: int = 200) -> None:
        self.answers[address] = (status, mime, body if isinstance(body, bytes) else body.encode())


@contextmanager
def serve() -> Iterator[Site]:
    """A running site; it ends with the block."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            address = f"{self.command} {self.path}"
            site.headers.append(dict(self.headers.items()))
            if self.path != "/robots.txt":
                site.asked.append((address, body))
            found = site.answers.get(address, (404, "text/html", b"<title>Not found</title>"))
            status, mime, content = found(body) if callable(found) else found
            self.send_response(status)
            self.send_header("Content-Type", mime)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
