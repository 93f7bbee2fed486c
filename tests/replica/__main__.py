"""``python -m tests.replica``: serve the replica until SIGTERM, SIGINT or, if wished, the end of standard
input.
"""

import argparse
import asyncio
import os
import signal
import sys
import threading
from datetime import date

import uvloop
from aiohttp import web

from tests.replica.control import application
from tests.replica.quick import QuickHandler
from tests.replica.server import Site
from tests.replica.stories import Stories
from tests.replica.story import ReplicaError

HOST = "127.0.0.1"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.replica", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of the site (0: any free one)")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control (0: any free one)")
    parser.add_argument("--stories", type=int, default=400, help="how many stories to begin with")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other stories")
    parser.add_argument("--until", type=date.fromisoformat, help="date of the newest story (default: yesterday)")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="wait this long before every answer")
    parser.add_argument("--no-log", action="store_true", help="keep no log of requests")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input closes")
    return parser.parse_args(argv)


async def serve(options: argparse.Namespace) -> None:
    """Serve site, control and wall; print one line when all three accept connections."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.until_stdin_closes:
        threading.Thread(target=_wait_for_end_of_input, args=(loop, stop), daemon=True).start()

    site = Site(Stories(options.stories, options.seed, options.until), options.latency_ms / 1000, not options.no_log)

    async def wall(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=site.wall_page(), headers={"Content-Type": "text/html; charset=utf-8"})

    control = web.AppRunner(application(site), access_log=None)
    await control.setup()
    handlers = (
        (site_server := web.Server(site.handle, access_log=None, handler_cancellation=True), options.port),
        (web.Server(wall, access_log=None), 0),
        (control.server, options.control_port),
    )
    quick = [lambda: QuickHandler(site_server, site, loop), *(handler for handler, _ in handlers[1:])]
    servers = [
        await loop.create_server(made, HOST, port)  # type: ignore[arg-type]
        for made, (_, port) in zip(quick, handlers, strict=True)
    ]
    site_port, wall_port, control_port = (server.sockets[0].getsockname()[1] for server in servers)
    site.wall_url = f"http://{HOST}:{wall_port}/validate"
    print(f"replica http://{HOST}:{site_port}/ control http://{HOST}:{control_port}/", flush=True)
    await stop.wait()
    for server in servers:
        server.close()
    for handler, _ in handlers[:2]:
        await handler.shutdown(0.1)
    await control.cleanup()


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        continue
    loop.call_soon_threadsafe(stop.set)


def main() -> int:
    """Run until told to end; 2 when the options or a port cannot be had."""
    try:
        uvloop.run(serve(arguments()))
    except (ReplicaError, OSError) as error:
        print(f"the replica cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
