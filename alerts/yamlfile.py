"""Reading a YAML file so that every complaint names its file and line, and what to write instead.

ruamel.yaml keeps positions, pydantic checks the values; this module joins the two. Whatever is wrong
with a file is one `ConfigError` whose text is complete and ready to be printed, a line for each problem.
"""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, core_schema
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Model = TypeVar("Model", bound=BaseModel)
KeyPath = Sequence[str | int]

MOST_VALUES = 1_000_000
"""Values in one file, aliases unfolded: a hundred thousand topics have some six each."""
DEEPEST = 40
"""Nesting beyond this is refused; an alias that contains itself would otherwise never end."""


class ConfigError(Exception):
    """The configuration cannot be used. `str()` is the whole message: a line for each thing that is wrong."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class Located(str):
    """A text from a YAML file that remembers where it stood (`schedules.yaml:12`)."""

    where: str

    def __new__(cls, text: str, where: str) -> Located:
        self = super().__new__(cls, text)
        self.where = where
        return self


class Secret:
    """A reference to a secret, `env:NAME` or `file:PATH`; `value()` reads the secret and keeps nothing.

    A relative PATH starts from the folder of the YAML file. No `repr()` and no error shows what was read.
    """

    __slots__ = ("base", "reference", "where")

    def __init__(self, reference: str, where: str = "", base: Path | None = None) -> None:
        kind, _, name = reference.partition(":")
        if kind not in ("env", "file") or not name.strip():
            # The text is not repeated: it may be the secret itself.
            raise ValueError("a secret is never written here; write env:NAME or file:PATH, which say where it is")
        self.reference = f"{kind}:{name.strip()}"
        self.where = where
        self.base = base

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reference == self.reference

    def __hash__(self) -> int:
        return hash(self.reference)

    def value(self) -> str:
        """The secret, stripped. Raises `ConfigError` when it is missing, unreadable or empty."""
        kind, _, name = self.reference.partition(":")
        at = f"{self.where}: " if self.where else ""
        if kind == "env":
            found = os.environ.get(name, "").strip()
            if not found:
                raise ConfigError(f"{at}the environment variable {name} is not set or empty; set it to the secret")
            return found
        path = Path(name).expanduser()
        if self.base is not None:
            path = self.base / path
        try:
            found = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{at}the secret in {path} cannot be read: {_reason(error)}") from None
        if not found:
            raise ConfigError(f"{at}{path} is empty; put the secret into it")
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(cls._validate)

    @classmethod
    def _validate(cls, value: Any, info: core_schema.ValidationInfo) -> Secret:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError("write env:NAME or file:PATH")
        folder = info.context.get("folder") if info.context else None
        return cls(str(value), getattr(value, "where", ""), folder)


class Document:
    """A YAML file that was read: its plain values and where each of them stands."""

    def __init__(self, path: Path, root: Any) -> None:
        self.path = path
        self._root = root
        self._values = 0
        self.data = self._plain(root, 1, 0)

    def line(self, keys: KeyPath) -> int:
        """The line (from 1) of the deepest of these keys that the file holds."""
        node, line = self._root, 1
        for key in keys:
            found = _line_of(node, key)
            if found is None:
                continue
            line, node = found, node[key]
        return line

    def problem(self, keys: KeyPath, what: str) -> str:
        """One line of a `ConfigError`: `schedules.yaml:12: offices.president_am.evry: what`."""
        path = ".".join(str(key) for key in keys)
        return f"{self.path.name}:{self.line(keys)}: {path + ': ' if path else ''}{what}"

    def validate(self, model: type[Model]) -> Model:
        """The file's values as `model`. Raises `ConfigError` with a line for each value that does not fit."""
        try:
            return model.model_validate(self.data, context={"folder": self.path.resolve().parent})
        except ValidationError as error:
            details = error.errors(include_url=False)
            found = sorted({(self.line(self._keys(detail)), self._sentence(detail, model)) for detail in details})
            raise ConfigError(sentence for _, sentence in found) from None

    def _plain(self, node: Any, line: int, depth: int) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise ConfigError(
                f"{self.path.name}: over {MOST_VALUES:,} values; do aliases (*name) multiply one another?"
            )
        if depth > DEEPEST:
            raise ConfigError(
                f"{self.path.name}:{line}: nested more than {DEEPEST} deep; does an alias contain itself?"
            )
        if isinstance(node, TaggedScalar):
            raise ConfigError(
                f"{self.path.name}:{line}: the tag {node.tag.value} means nothing here; write the plain value"
            )
        if isinstance(node, CommentedMap):
            return {
                (key if isinstance(key, str) else str(key)): self._plain(value, _line_of(node, key) or line, depth + 1)
                for key, value in node.items()
            }
        if isinstance(node, CommentedSeq):
            return [self._plain(value, _line_of(node, n) or line, depth + 1) for n, value in enumerate(node)]
        if isinstance(node, str):
            return Located(str(node), f"{self.path.name}:{line}")
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            return int(node)
        if isinstance(node, float):
            return float(node)
        return node

    def _sentence(self, detail: ErrorDetails, model: type[BaseModel]) -> str:
        keys = self._keys(detail)
        kind, ctx = detail["type"], detail.get("ctx") or {}
        value = detail.get("input")
        if kind == "extra_forbidden":
            return self.problem(keys, "unknown key" + suggestion(str(keys[-1]), _keys_beside(model, keys[:-1])))
        if kind == "missing":
            return self.problem(keys, f"missing; add `{keys[-1]}:` here")
        if kind == "value_error":
            return self.problem(keys, str(ctx.get("error", detail["msg"])))
        if kind == "literal_error":
            return self.problem(keys, f"{value!s} is not possible; write {ctx['expected']}")
        if kind in ("model_type", "model_attributes_type", "dict_type"):
            return self.problem(keys, "is empty or no block of keys; write the keys below it, indented")
        if kind in ("list_type", "tuple_type"):
            return self.problem(keys, f"is no list; write [{value if isinstance(value, str) else '…'}]")
        if kind == "string_type":
            shown = f'"{value}"' if isinstance(value, (int, float)) else "a text"
            return self.problem(keys, f"is no text; write {shown}")
        if kind in ("greater_than_equal", "less_than_equal"):
            bound = f"at least {ctx['ge']:g}" if "ge" in ctx else f"at most {ctx['le']:g}"
            return self.problem(keys, f"{value} is not possible; write {bound}")
        return self.problem(keys, detail["msg"][:1].lower() + detail["msg"][1:])

    def _keys(self, detail: ErrorDetails) -> list[str | int]:
        """The key path of an error without what pydantic adds to it (names of alternatives, `[key]`)."""
        node: Any = self.data
        keys: list[str | int] = []
        loc = detail["loc"]
        for position, part in enumerate(loc):
            here = (isinstance(node, Mapping) and part in node) or (
                isinstance(node, list) and isinstance(part, int) and part < len(node)
            )
            if here:
                keys.append(part)
                node = node[part]
            elif position == len(loc) - 1 and detail["type"] == "missing":
                keys.append(part)
        return keys


def read_yaml(path: Path) -> Document:
    """Read a YAML file. Raises `ConfigError` in a sentence when it is missing, unreadable or no YAML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path} does not exist; create it, or set PODIUM_CONFIG to the folder that holds {path.name}"
        ) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path.name}:{line}: the file is not UTF-8; save it in that encoding") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {_reason(error)}") from None
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_duplicate_keys = False
    try:
        root = yaml.load(io.StringIO(text))
    except DuplicateKeyError as error:
        key = re.search(r'"([^"]*)"', error.problem or "")
        raise ConfigError(
            f"{path.name}:{_mark(error)}: the key `{key[1] if key else '?'}` is there twice; keep one of them"
        ) from None
    except MarkedYAMLError as error:
        raise ConfigError(f"{path.name}:{_mark(error)}: this is no YAML: {_yaml_sentence(error)}") from None
    except (YAMLError, RecursionError, ValueError) as error:
        first = str(error).strip().splitlines() or ["it cannot be parsed"]
        raise ConfigError(f"{path.name}:1: this is no YAML: {first[0]}") from None
    return Document(path, CommentedMap() if root is None else root)


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence on an unknown name: "; did you mean `every`?" or "; known: every, cron"."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; known: {', '.join(names)}" if names else ""


def _yaml_sentence(error: MarkedYAMLError) -> str:
    problem = (error.problem or "it cannot be parsed").replace("\n", " ")
    if "\\t" in problem:
        return "a tab stands where spaces must; indent with spaces"
    if "mapping values are not allowed" in problem:
        return "a second colon in one value; put the value in quotes, or break the line"
    return f"{error.context + ', ' if error.context else ''}{problem}"


def _mark(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return int(mark.line) + 1 if mark is not None else 1


def _line_of(node: Any, key: Any) -> int | None:
    if not isinstance(node, (CommentedMap, CommentedSeq)):
        return None
    found = (node.lc.data or {}).get(key)
    return None if found is None else int(found[0]) + 1


def _keys_beside(model: Any, keys: KeyPath) -> list[str]:
    """The keys that a model knows at this path, by its JSON schema (aliases and alternatives count)."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    nodes = [schema]
    for key in keys:
        nodes = [
            child
            for node in _alternatives(nodes, schema)
            for child in (
                node.get("properties", {}).get(key),
                node.get("additionalProperties"),
                node.get("items"),
            )
            if isinstance(child, dict)
        ]
    return [name for node in _alternatives(nodes, schema) for name in node.get("properties", {})]


def _alternatives(nodes: Iterable[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in nodes:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        branches = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        found += _alternatives(branches, schema) if branches else [node]
    return found


def _reason(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not UTF-8 text"
