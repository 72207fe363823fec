"""The page: one file that needs nothing else, fetches nothing, and shows every value as the text that it is."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report.shown_values import shown

if TYPE_CHECKING:
    import jinja2

    from dataset_packager.documents.report.charts import Picture

STYLE, SCRIPT, PAGE = "style.css", "script.js", "page.html"


def render(**members: Any) -> str:
    """Return the page as HTML. Whatever stands in ``members`` is escaped, but for the SVG of pictures."""
    style, script = _asset(STYLE), _asset(SCRIPT)
    return page().render(
        **members, style=_trusted(style), script=_trusted(script), style_hash=_hash(style), script_hash=_hash(script)
    )


@lru_cache(maxsize=1)
def page() -> jinja2.Template:
    """Return the page's template, which takes a tenth of a second to compile."""
    import jinja2  # here: `--help` does not need it

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"shown": shown, "number": _number, "drawing": _drawing, "size": size}
    return environment.get_template(PAGE)


def _asset(name: str) -> str:
    return resources.files("dataset_packager").joinpath(f"documents/report/{name}").read_text("utf-8")


def _hash(text: str) -> str:
    """Return the hash by which a Content Security Policy (level 3, section 2.3.1) lets an inline block pass."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _trusted(text: str) -> Any:
    import markupsafe

    return markupsafe.Markup(text)  # noqa: S704 - it is a file of the package


def _number(value: int) -> str:
    return f"{value:,}"


def _drawing(picture: Picture) -> Any:
    """Return a picture's SVG as markup: every text in it is escaped."""
    return _trusted(picture.inline)


def size(count: float) -> str:
    """Return a number of bytes for people."""
    if count < 1000:
        return f"{count:,} bytes"
    for unit in ("kB", "MB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:,.1f} GB"
