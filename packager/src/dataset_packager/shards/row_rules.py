"""What must hold of a row beside its schema: its own licence, no secrets, no key of a record that was withdrawn.

Each rule looks at the rows of a typed table, so that both ways of reading have one verdict.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.paths import format_path
from dataset_packager.base.text import shown
from dataset_packager.columns.decode import decode
from dataset_packager.shards.secret_catalogue import Catalogue, catalogue
from dataset_packager.shards.secret_shapes import PERSONAL, SECRETS, Shape, secrets_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from dataset_packager.base.paths import ColumnPath

ELSEWHERE = re.compile(r"\bDocumentRef-[A-Za-z0-9.-]+:LicenseRef-[A-Za-z0-9.-]+")
PLACEHOLDER = "of-another-document-"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row of a table: the row, the path, the finding's code, and its words."""

    row: int
    path: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A record that was taken back: its table, and the salted SHA-256 of its key."""

    table: str
    salt: str
    key: str
    date: str
    reason: str


@dataclass(frozen=True, slots=True)
class RowRules:
    """The rules of one table.

    Attributes:
        license_column: the column that has each row's licence.
        refused, noticed: secrets that refuse a row, and those that are only told of.
        key: the columns of the key, by which ``withdrawn`` records are known.
    """

    license_column: ColumnPath = ()
    refused: tuple[Shape | Catalogue, ...] = ()
    noticed: tuple[Shape | Catalogue, ...] = ()
    key: tuple[ColumnPath, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()

    def problems(self, table: pa.Table) -> Iterator[RowProblem]:
        """Yield why rows are refused."""
        if self.license_column:
            yield from self._licences(table)
        if self.refused:
            yield from _secrets(table, self.refused)
        if self.withdrawn:
            yield from self._returned(table)

    def notices(self, table: pa.Table) -> Iterator[RowProblem]:
        """Yield what is told of rows that are accepted."""
        if self.noticed:
            yield from _secrets(table, self.noticed)

    def _licences(self, table: pa.Table) -> Iterator[RowProblem]:
        path = f"$.{format_path(self.license_column)}"
        for row, value in enumerate(column_values(table, self.license_column)):
            if wrong := wrong_licence(value):
                hint = "write an SPDX licence expression, as in CC-BY-4.0, or LicenseRef-NAME for one of your own"
                yield RowProblem(row, path, "license", wrong, hint)

    def _returned(self, table: pa.Table) -> Iterator[RowProblem]:
        known: dict[str, dict[str, Withdrawn]] = {}
        for each in self.withdrawn:
            known.setdefault(each.salt, {})[each.key] = each
        columns = [column_values(table, path) for path in self.key]
        for row, key in enumerate(zip(*columns, strict=True)):
            for salt, entries in known.items():
                if found := entries.get(hashed_key(salt, key)):
                    told = f"the record was withdrawn on {found.date}: {found.reason}"
                    hint = "leave it out; or take its line out of the list, if it may come back"
                    yield RowProblem(row, f"$.{format_path(self.key[0])}", "withdrawn", told, hint)


NO_RULES = RowRules()


def _secrets(table: pa.Table, searched: tuple[Shape | Catalogue, ...]) -> Iterator[RowProblem]:
    for row, path, name in secrets_found(table, searched):
        hint = 'have it revoked, take it out of the record; secrets = "off" if it is none'
        yield RowProblem(row, f"$.{path}", "secret", f"it looks like {name}, which isn't shown here", hint)


def hashed_key(salt: str, key: tuple[Any, ...]) -> str:
    """Return the salted SHA-256 of a key: over the salt, a newline, and the canonical JSON of the key's values."""
    return hashlib.sha256(f"{salt}\n{canonical(list(key))}".encode()).hexdigest()


def column_values(table: pa.Table, path: ColumnPath) -> list[Any]:
    """Return the JSON values of a member in each row, None where there is none."""
    values = decode(table.select([str(path[0])]))
    found = []
    for record in values:
        value: Any = record
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        found.append(value)
    return found


@lru_cache(maxsize=4096)
def canonical_licence(text: str) -> str | None:
    """Return a licence expression of SPDX (2.3, annex D) with its ids and operators as SPDX writes them; None if none.

    A licence that another document describes (``DocumentRef-…:LicenseRef-…``) keeps its words.
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression  # a list of all that are

    others: list[str] = []

    def stand_in(found: re.Match[str]) -> str:
        others.append(found[0])
        return f"LicenseRef-{PLACEHOLDER}{len(others) - 1}-"

    try:
        written = canonicalize_license_expression(ELSEWHERE.sub(stand_in, text))
    except (InvalidLicenseExpression, ValueError):
        return None
    return re.sub(rf"LicenseRef-{PLACEHOLDER}(\d+)-", lambda found: others[int(found[1])], written)


def wrong_licence(value: Any) -> str | None:
    """Return what is wrong with a row's licence, None where nothing is."""
    if value is None:
        return "the row has no licence, and each has to have one"
    if not isinstance(value, str) or canonical_licence(value) is None:
        return f"{shown(value)} is no licence expression of SPDX"
    return None


def row_rules(config: Any, table: Any, withdrawn: tuple[Withdrawn, ...]) -> RowRules:
    """Return the rules of a table as the configuration has them.

    Raises:
        SetupError: they need an extra that isn't installed.
    """
    wide = config.kingfisher and config.secrets != "off"
    more = (catalogue("kingfisher = true"),) if wide else ()
    wanted: tuple[tuple[str, tuple[Shape | Catalogue, ...]], ...]
    wanted = ((config.secrets, (*SECRETS, *more)), (config.personal_data, PERSONAL))
    return RowRules(
        license_column=table.license_column,
        refused=tuple(shape for word, shapes in wanted if word == "refuse" for shape in shapes),
        noticed=tuple(shape for word, shapes in wanted if word == "warn" for shape in shapes),
        key=table.key,
        withdrawn=tuple(each for each in withdrawn if each.table == table.name),
    )
