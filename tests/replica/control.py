"""The control of a running replica: JSON over HTTP on a port of its own, so that a misbehaving site can be
steered.

``GET /log``, ``/stories`` (filters: language, section, topic, url), ``/paths``; ``POST /publish``, ``/edit``,
``/withdraw``, ``/restore``, ``/misbehave``, ``/behave``, ``/clear_log`` with a JSON object of the arguments
of the same name in :mod:`tests.replica.stories` and :mod:`tests.replica.misbehave`. What cannot be done is
answered with 400 and ``{"error": sentence}``.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from aiohttp import web

from tests.replica.misbehave import Fault
from tests.replica.server import Site
from tests.replica.story import ReplicaError

Arguments = dict[str, Any]


def application(site: Site) -> web.Application:
    """The control of one site."""
    app = web.Application()

    def post(name: str, action: Callable[[Site, Arguments], object]) -> None:
        async def handle(request: web.Request) -> web.Response:
            return await _answer(request, lambda arguments: action(site, arguments))

        app.router.add_post(f"/{name}", handle)

    for name, action in _ACTIONS.items():
        post(name, action)

    async def log(request: web.Request) -> web.Response:
        return web.json_response(site.log_entries())

    async def paths(request: web.Request) -> web.Response:
        return web.json_response(site.paths())

    async def stories(request: web.Request) -> web.Response:
        wanted = dict(request.query)
        return web.json_response(
            [truth for truth in site.stories.truths() if all(str(truth.get(k)) == v for k, v in wanted.items())]
        )

    for name, handler in {"log": log, "paths": paths, "stories": stories}.items():
        app.router.add_get(f"/{name}", handler)
    return app


async def _answer(request: web.Request, act: Callable[[Arguments], object]) -> web.Response:
    try:
        text = await request.text()
        arguments = json.loads(text) if text else {}
        if not isinstance(arguments, dict):
            raise ReplicaError("the arguments must be one JSON object")
        return web.json_response(act(arguments))
    except (
        ValueError,
        TypeError,
    ) as error:  # ReplicaError, JSONDecodeError, a wrong date; an unknown argument
        return web.json_response({"error": str(error)}, status=400)


def _publish(site: Site, arguments: Arguments) -> object:
    if isinstance(day := arguments.pop("date", None), str):
        arguments["day"] = date.fromisoformat(day)
    story = site.stories.publish(**arguments)
    site.changed(story)
    return [story.truth(language) for language in story.editions]


def _edit(site: Site, arguments: Arguments) -> object:
    story, language = site.stories.edit(**arguments)
    site.changed(story)
    return story.truth(language)


def _withdraw(site: Site, arguments: Arguments) -> object:
    story = site.stories.withdraw(**arguments)
    site.changed(story)
    return [story.truth(language) for language in story.editions]


def _restore(site: Site, arguments: Arguments) -> object:
    return _withdraw(site, {**arguments, "withdrawn": False})


def _misbehave(site: Site, arguments: Arguments) -> object:
    site.faults.add(Fault(**{**arguments, "kind": str(arguments.get("kind", ""))}))
    return {}


def _behave(site: Site, arguments: Arguments) -> object:
    site.faults.clear()
    return {}


def _clear_log(site: Site, arguments: Arguments) -> object:
    site.log.clear()
    return {}


_ACTIONS: dict[str, Callable[[Site, Arguments], object]] = {
    "publish": _publish,
    "edit": _edit,
    "withdraw": _withdraw,
    "restore": _restore,
    "misbehave": _misbehave,
    "behave": _behave,
    "clear_log": _clear_log,
}
