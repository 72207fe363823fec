"""What a schema may have meant that isn't valid, or is valid and says nothing: types, keywords, drafts."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dataset_packager.base.text import cut, quoted, shown, visible
from dataset_packager.project.column_choices import KEYWORD as COLUMN
from dataset_packager.schemas.drafts import DRAFTS, Draft
from dataset_packager.schemas.keywords import DRAFT_NAMES, NOTES, TYPES
from dataset_packager.schemas.keywords import KEYWORDS as RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.schemas.subschema_graph import Place

_CALLED = {
    "array": "list tuple set arr sequence vector",
    "boolean": "bool bit flag logical",
    "integer": "int long short bigint int32 int64 uint8 uint32 uint64 byte",
    "null": "none nil nan undefined void",
    "number": "float double decimal numeric real float32 float64",
    "object": "dict map struct record hash json",
    "string": "str text varchar char uuid uri url email",
}
_TYPE_CALLED = {word: name for name, words in _CALLED.items() for word in words.split()}
_DATES = {"date": "date", "datetime": "date-time", "date-time": "date-time", "timestamp": "date-time", "time": "time"}
_SINCE_DRAFT = {name: known.since for name, known in RULES.items() if (known.about or known.to)}
for _taken_for_notes in ("contentEncoding", "contentMediaType", "$recursiveRef"):
    del _SINCE_DRAFT[_taken_for_notes]
_RENAMED = {"divisibleBy": "multipleOf", "extends": "allOf", "disallow": "not", "ref": "$ref", "defs": "$defs"}
_ELSEWHERE = frozenset({"example", "nullable", "note", "notes"})  # what OpenAPI and people write: no slips
KEYWORDS = NOTES | RULES.keys()
_PLAIN = {name.casefold().strip("$"): name for name in sorted(KEYWORDS, reverse=True)}


def idle_keywords(place: Place) -> Iterator[str]:
    """Yield a warning for each keyword of a subschema that says nothing and was hardly meant to: a slip, or too new."""
    if place.draft.ref_stands_alone and "$ref" in place.node:
        return
    for keyword in place.node:
        since = _SINCE_DRAFT.get(keyword)
        where = f"{place}: the keyword {quoted(keyword)}"
        if since and DRAFT_NAMES.index(since) > DRAFT_NAMES.index(place.draft.name):
            yield f"{where} says nothing in {place.draft.name}: it came with {since}"
        elif keyword not in KEYWORDS and (meant := _meant(keyword)):
            yield f"{where} is none of JSON Schema and says nothing: did you mean {quoted(meant)}?"


def _meant(keyword: str) -> str | None:
    if keyword == COLUMN or keyword in _ELSEWHERE:
        return None
    if get_close_matches(keyword[:40].casefold().replace("_", "-"), [COLUMN], 1, 0.8):
        return COLUMN
    if keyword.startswith("x-"):
        return None
    plain = keyword.casefold().replace("_", "").replace("-", "").strip("$")
    if keyword in _RENAMED or plain in _PLAIN:
        return _RENAMED.get(keyword) or _PLAIN[plain]
    alike = [each for each in _PLAIN if len(each) > 3 and abs(len(each) - len(plain)) < 2]
    near = get_close_matches(plain[:40], alike, 1, 0.8)
    return _PLAIN[near[0]] if near else None


def why_invalid(steps: list[str | int], value: Any, message: str) -> str:
    """Return why a schema isn't valid at some place in it, in words that say how to mend it where that is known."""
    if steps and steps[-1] == "type" and (len(steps) < 2 or steps[-2] != "properties"):
        return _why_no_type(value) or visible(cut(message, 300))
    words = visible(cut(message, 300))
    if steps and steps[-1] == "required" and isinstance(value, bool):
        return f"{words}: the object around the member lists the names that are required, as in [{_member(steps)}]"
    return words


def _member(steps: list[str | int]) -> str:
    return quoted(str(steps[-2])) if len(steps) > 2 and steps[-3] == "properties" else '"member"'


def _why_no_type(value: Any) -> str | None:
    listed = value if isinstance(value, list) else [value]
    wrong = next((each for each in listed if each not in TYPES), None)
    if wrong is None:
        return None
    if not isinstance(wrong, str):
        return f'{shown(wrong)} is no name of a type: where several schemas may fit, write them into "anyOf"'
    name = wrong.strip().casefold()
    text = f"{quoted(wrong)} is no type"
    if name in ("any", "mixed", "variant", "unknown", "*"):
        return f'{text}: where any value may stand, leave "type" out'
    if name in _DATES:
        return f'{text}: write "type": "string", "format": {quoted(_DATES[name])}'
    near = get_close_matches(name[:40], TYPES, 1, 0.6)
    meant = _TYPE_CALLED.get(name) or (near[0] if near else None)
    return f"{text}: did you mean {quoted(meant)}?" if meant else f"{text}; types are {', '.join(TYPES)}"


def fitting_draft(place: Place, is_valid: Callable[[Draft], bool]) -> str:
    """Return in which other draft a schema would be valid, as the end of a message; nothing where it is in none."""
    fitting = next((each for each in reversed(DRAFTS.values()) if each is not place.draft and is_valid(each)), None)
    if fitting is None:
        return ""
    mark = "#" if fitting.ref_stands_alone else ""
    mend = f'write "$schema": "{fitting.uri}{mark}" at its top'
    if place.document.names_draft:
        return f"; it is valid in {fitting.name}: where that is meant, {mend}"
    return f"; the file names no draft, so {place.draft.name} is taken; it is valid in {fitting.name}: {mend}"
