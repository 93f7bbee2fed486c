"""How many pages a second a server alone serves: raw keep-alive connections that read and throw away.

``python -m tests.replica.load URL [--seconds 3] [--connections 8]`` walks the addresses under URL's own path;
the benchmark calls :func:`measure`.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Sequence
from itertools import count
from urllib.parse import urlsplit

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


async def _client(host: str, port: int, requests: Sequence[bytes], turns: "count[int]", end: float) -> int:
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    done = 0
    try:
        while time.perf_counter() < end:
            writer.write(requests[next(turns) % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"not a page: {head.splitlines()[0].decode('latin-1')}")
            length = _LENGTH.search(head)
            if length is None:
                raise RuntimeError("an answer without Content-Length cannot be measured")
            await reader.readexactly(int(length[1]))
            done += 1
    finally:
        writer.close()
    return done


async def _measure(base_url: str, paths: Sequence[str], seconds: float, connections: int) -> float:
    address = urlsplit(base_url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n".encode()
        for path in paths
    ]
    turns, start = count(), time.perf_counter()
    done = await asyncio.gather(*(_client(host, port, requests, turns, start + seconds) for _ in range(connections)))
    return sum(done) / (time.perf_counter() - start)


def measure(base_url: str, paths: Sequence[str], seconds: float = 3.0, connections: int = 8) -> float:
    """Pages a second over `seconds`, going round `paths` on so many connections; RuntimeError for anything
    but 200.
    """
    if not paths:
        raise ValueError("there is no path to ask for")
    return uvloop.run(_measure(base_url, paths, seconds, connections))


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.replica.load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args(argv)
    try:
        rate = measure(options.url, [urlsplit(options.url).path or "/"], options.seconds, options.connections)
    except (OSError, RuntimeError) as error:
        print(f"nothing measured: {error}", file=sys.stderr)
        return 1
    print(f"{rate:.0f} pages/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
