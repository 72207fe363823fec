"""Values and places of a record as a reader meets them: short, on one line, nothing in them that moves a cursor."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_USER = re.compile(r"(?<=://)[^/\s@'\"\\]{1,500}@")
_PASSWORD = re.compile(r"://[^/\s@:'\"\\]{0,500}:[^/\s@'\"\\]{1,500}@")
_TOKEN = re.compile(
    r"([?&][\w-]{0,40}(?:token|signature|secret|password|credential|accesskeyid|access_key|api_?key|sig)=)[^&\s'\"\\]+",
    re.IGNORECASE,
)
SHOWN = 60  # code points of a value that a message shows


def member_path(steps: Iterable[str | int]) -> str:
    """Return the path of a member within its record: ``$.figures[0].low``, and ``$["na.me"]`` for other names."""
    return "$" + "".join(_step(step) for step in steps)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return "." + step if step.isidentifier() else f"[{quoted(step)}]"


def printable(text: str) -> str:
    """Return ``text`` with all that a terminal would act on shown as an escape, and without credentials."""
    shown = without_credentials(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)


def visible(text: str, harmless: str = "") -> str:
    r"""Return ``text`` with every control, format and unassigned character but ``harmless`` ones as a ``\u`` escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in harmless else _escape(c) for c in text)


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1]


def cut(text: str, limit: int = SHOWN) -> str:
    """Return the first ``limit`` code points of ``text``, then ``…`` where there are more."""
    return text if len(text) <= limit else text[:limit] + "…"


def within(text: str, most: int) -> str:
    """Return ``text`` in at most ``most`` code points, the last of which is ``…`` where it had more."""
    return text if len(text) <= most else text[: most - 1] + "…"


def one_line(text: str) -> str:
    """Return ``text`` with each run of white space as one space."""
    return " ".join(text.split())


def quoted(text: str, limit: int = SHOWN) -> str:
    """Return ``text`` as a JSON string of at most ``limit`` code points of content, cut with ``…``."""
    escaped = json.dumps(text[:limit], ensure_ascii=False)
    return visible(escaped[:-1] + '…"' if len(text) > limit else escaped)


def shown(value: Any, limit: int = SHOWN) -> str:
    """Return a JSON value for a message: the first ``limit`` code points of its JSON text, then ``…``."""
    if isinstance(value, str):
        return quoted(value, limit)
    text = ""
    for part in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += part[: limit + 1]
        if len(text) > limit:
            return visible(text[:limit]) + "…"
    return visible(text)


def cause(error: BaseException) -> str:
    """Return in one line what an exception says."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = " ".join(str(error).split())
    known = type(error).__module__.startswith("dataset_packager")
    return text if known and text else f"{type(error).__name__}: {text}".removesuffix(": ")


def without_credentials(text: str) -> str:
    """Return a text without what opens something to whoever reads it in a URL: user and password, or a token."""
    return _TOKEN.sub(r"\1…", _USER.sub("…@", text)) if "://" in text else text


def has_credentials(text: str) -> bool:
    """Say whether a URL in a text has a password or a token."""
    return "://" in text and bool(_PASSWORD.search(text) or _TOKEN.search(text))
