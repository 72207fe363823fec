"""Paths: of columns within a record (``chain[].agent_id``), and of files within a project."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path, PurePosixPath

from dataset_packager.base.findings import SetupError

_STEP = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*"|[^.\[\]"]+)(?P<lists>(?:\[\])*)(?P<dot>\.|$)')

LIST = None  # the step of a column path that goes through the elements of a list

ColumnPath = tuple[str | None, ...]
"""The steps of a path: a member's name, or ``LIST``."""


def parse_path(text: str) -> ColumnPath:
    """Return the steps of a path such as ``chain[].agent_id``; a name with a dot is quoted as in JSON.

    Raises:
        SetupError: the text is no such path.
    """
    steps: list[str | None] = []
    position = 0
    while position < len(text) or text.endswith(".") or not text:
        match = _STEP.match(text, position)
        if not match:
            raise SetupError(
                f"{text!r} is no path of a column: write it as member.list[].member, names with dots quoted"
            )
        name = match["name"]
        steps.append(_unquoted(name) if name.startswith('"') else name)
        steps.extend([LIST] * (len(match["lists"]) // 2))
        position = match.end()
        if not match["dot"]:
            break
    return tuple(steps)


def _unquoted(name: str) -> str:
    try:
        return str(json.loads(name))
    except json.JSONDecodeError:
        raise SetupError(f"{name} is no name of a column: quote it as a JSON string") from None


def format_path(path: ColumnPath) -> str:
    """Return the text of a path; the inverse of ``parse_path``."""
    text = ""
    for step in path:
        if step is LIST:
            text += "[]"
        else:
            plain = re.fullmatch(r'[^.\[\]"]+', step)
            text += ("." if text else "") + (step if plain else json.dumps(step, ensure_ascii=False))
    return text


def inside(project: Path, name: str, where: str) -> Path:
    """Return the file ``name`` of the project, which neither ``..`` nor a link may lead out of it.

    Raises:
        SetupError: it is absolute or leads out of the project.
    """
    pure = PurePosixPath(name)
    path = project / pure
    if pure.is_absolute() or ".." in pure.parts or not path.resolve().is_relative_to(project.resolve()):
        raise SetupError(f"{where}: {name!r} leads out of the project: use a path inside it")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise SetupError(f"{where}: {name!r} is no regular file: put one there")
    return path


def insist_on_text(name: str) -> None:
    """Raise a ``SetupError`` where a file's name is no text to this Python: compiled packages can't be given it."""
    if name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name):
        return
    if (names := sys.getfilesystemencoding()) != "utf-8":
        raise SetupError(f"{name}: this Python reads names as {names}: set PYTHONUTF8=1, or LC_ALL=C.UTF-8")
    raise SetupError(f"{name}: the file's name is not UTF-8: give it another one")


def is_within(path: str) -> bool:
    """Say whether a path, by its letters, stays below the folder that it starts from, on whatever system."""
    named = path and not any(character < " " or character in "\x7f\\" for character in path)
    pure = PurePosixPath(path)
    return bool(named and not pure.is_absolute() and ".." not in pure.parts and not re.match(r"[A-Za-z]:", path))
