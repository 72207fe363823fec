"""Short texts from the configuration that several documents share: citation, licence, a table's documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataset_packager.project.config import Config

HUB = "https://huggingface.co/datasets/"
_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def bibtex(config: Config, repo: str | None = None) -> str:
    """Return the dataset's citation as a BibTeX entry of type ``misc``; ``repo`` is where on the Hub it stands."""
    authors = " and ".join(f"{{{_tex(author.get('name', author.get('email', '')))}}}" for author in config.authors)
    members = {
        "author": authors,
        "title": f"{{{_tex(config.pretty_name)}}}",
        "year": config.released[:4],
        "month": config.released[5:7],
        "version": config.version,
        "url": next((_tex(url) for url in config.urls.values()), f"{HUB}{_tex(repo)}" if repo else ""),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in members.items() if value]
    key = re.sub(r"[^A-Za-z0-9]+", "_", config.name).strip("_").lower()
    return f"@misc{{{key}_{config.released[:4]},\n" + ",\n".join(lines) + "\n}"


def _tex(text: str) -> str:
    """Return text that TeX sets as it is, on one line."""
    plain = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return re.sub(r"[\\{}$&#%_~^]", lambda match: _TEX.get(match[0], "\\" + match[0]), plain)


def license_url(expression: str | None) -> str | None:
    """Return the SPDX address of a licence, or the expression itself where it names several or none that SPDX has."""
    if expression and re.fullmatch(r"[A-Za-z0-9.+-]+", expression) and not expression.startswith("LicenseRef-"):
        return f"https://spdx.org/licenses/{expression}"
    return expression


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, up to its full stop."""
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]


def table_documentation(schema: Any) -> str:
    """Return what a JSON Schema says of its records: its description, else its title, else nothing."""
    if not isinstance(schema, dict):
        return ""
    told = schema.get("description", schema.get("title", ""))
    return told if isinstance(told, str) else ""
