"""A project whose records name files, in columns of each kind, in objects and in lists."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from file_samples import bmp, noise, pdf, png, turned, wav

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "album"
version = "1.0.0"
description = "Records that name files"
license = "CC0-1.0"
[tool.dataset-packager]
released = "2026-11-22"
shard_input_bytes = 60000
[tool.dataset-packager.tables.t]
schema = "schema/t.json"
records = ["data/*.jsonl"]
key = ["id"]
[tool.dataset-packager.tables.t.columns]
image = { type = "image", root = "media/pictures", sha256 = "sha256", max_bytes = 100_000 }
sound = { type = "audio", root = "media" }
paper = { type = "pdf", root = "media" }
any = "file"
"more[]" = { type = "image", root = "media/pictures", sha256 = "sums" }
"faces[].crop" = { type = "image", root = "media", sha256 = "sum" }
"sides[].value" = { type = "image", root = "media" }
"""
PATH = {"type": ["string", "null"]}
MANY = 24


def schema() -> dict[str, Any]:
    """Return the schema of the records."""
    face = {"type": "object", "properties": {"crop": PATH, "sum": PATH}, "additionalProperties": False}
    texts = {"type": "array", "items": {"type": "string"}}
    members = {
        "id": {"type": "integer"}, "image": PATH, "sha256": PATH, "sound": PATH, "paper": PATH, "any": PATH,
        "more": texts, "sums": texts, "faces": {"type": "array", "items": face},
        "sides": {"type": "object", "additionalProperties": PATH},
    }  # fmt: skip
    return {"type": "object", "properties": members, "required": ["id"], "additionalProperties": False}


def files() -> dict[str, bytes]:
    """Return the files of the project, by path."""
    pictures = {f"media/pictures/{number:02}.png": png(100, 80, number) for number in range(MANY)}
    pictures["media/pictures/05.png"] = turned(pictures["media/pictures/05.png"])
    others = {"media/pictures/deep/er/ü n.bmp": bmp(), "media/a.wav": wav(), "media/b.pdf": pdf(), "any.bin": noise(99)}
    return pictures | others


def sha256(data: bytes) -> str:
    """Return a SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def records() -> list[dict[str, Any]]:
    """Return records: each has a picture, and some have other files, no file, or many."""
    made = files()
    rows: list[dict[str, Any]] = []
    for number in range(MANY):
        name = f"{number:02}.png"
        digest = sha256(made[f"media/pictures/{name}"])
        rows.append({"id": number, "image": name, "sha256": digest if number % 2 else None})
    bitmap = "deep/er/ü n.bmp"
    rows[1] |= {"sound": "a.wav", "paper": "./b.pdf", "any": "any.bin"}
    rows[2] |= {"more": [bitmap, "00.png"], "sums": [sha256(bmp()).upper(), sha256(made["media/pictures/00.png"])]}
    rows[3] |= {"faces": [{"crop": f"pictures/{bitmap}", "sum": sha256(bmp())}, {}, {"crop": None}], "more": []}
    rows[4]["image"] = None
    rows[5] |= {"sides": {"front": "pictures/00.png", "back": None, "spine": f"pictures/{bitmap}"}}
    return rows


def make(project: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    """Lay the project down in an empty folder."""
    for name, content in files().items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(content)
    for name in ("schema", "data"):
        (project / name).mkdir(parents=True)
    (project / "schema/t.json").write_text(json.dumps(schema()), "utf-8")
    write_records(project, records() if rows is None else rows)
    (project / "pyproject.toml").write_text(PROJECT, "utf-8")
    return project


def write_records(project: Path, rows: list[dict[str, Any]]) -> None:
    """Lay records down, each on a line of much the same length."""
    (project / "data/t.jsonl").write_text("".join(f"{json.dumps(row):300}\n" for row in rows), "utf-8")
