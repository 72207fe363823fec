"""What changed between two releases: rows by key, columns, documents, and the version bump that follows from it.

patch: the same rows, written anew. minor: rows or columns were added. major: rows or columns were changed or removed.
Before 1.0.0 a major change raises the minor number (Semantic Versioning 2.0.0, item 4).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.files import scratch_folder
from dataset_packager.base.paths import LIST, ColumnPath, format_path
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.metadata import ENCODING, said
from dataset_packager.diff.row_changes import NO_CHANGES, RowChanges, compare_rows, count_rows
from dataset_packager.diff.side import Side, canonical_text, equal_shards, sorted_text, text_needed, value_columns
from dataset_packager.release.names import CONFIGURATION, DATASHEET
from dataset_packager.release.read_records import release_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataset_packager.release.release_files import Part, Release

BUMPS = ("none", "patch", "minor", "major")
MANY_ROWS = 200_000  # of which a build doesn't look at each one, only to warn about its version


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """Columns by path, as in ``chain[].step``, with their types: those added, removed, and of another type.

    Of those ``extended`` all that was stored means what it did: there are more classes behind the former ones.
    """

    added: Mapping[ColumnPath, str] = field(default_factory=dict)
    removed: Mapping[ColumnPath, str] = field(default_factory=dict)
    retyped: Mapping[ColumnPath, tuple[str, str]] = field(default_factory=dict)
    extended: Mapping[ColumnPath, tuple[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.added or self.removed or self.retyped or self.extended)


@dataclass(frozen=True, slots=True)
class ConfigChanges:
    """What changed in one config; ``status`` is ``added``, ``removed``, or ``kept``; ``key`` whether another one is."""

    name: str
    is_view: bool
    status: str
    columns: ColumnChanges = field(default_factory=ColumnChanges)
    rows: RowChanges = NO_CHANGES
    key: bool = False

    def bump(self, *, rows_count: bool = True) -> str:
        """Return the bump that follows; without ``rows_count`` from all but the rows."""
        removed = self.columns.removed or self.columns.retyped or self.key or self.status == "removed"
        if removed or (rows_count and (self.rows.removed or self.rows.changed or self.rows.moved)):
            return "major"
        added = self.columns.added or self.columns.extended or self.status == "added"
        return "minor" if added or (rows_count and self.rows.added) else "none"


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed between two releases.

    Attributes:
        name: the dataset's, in the new release.
        old, new: the versions.
        released: the new version's date.
        configs: those that changed.
        documents: schemas, queries, configuration and datasheet that changed, by path.
        rewritten: whether any Parquet file has other bytes.
    """

    name: str
    old: str
    new: str
    released: str
    configs: tuple[ConfigChanges, ...]
    documents: tuple[str, ...]
    rewritten: bool

    @property
    def bump(self) -> str:
        """The version bump that follows.

        Rows of views follow from those of the tables: they count where no table's rows changed.
        """
        tables_differ = any(part.rows for part in self.configs if not part.is_view)
        bumps = [part.bump(rows_count=not (part.is_view and tables_differ)) for part in self.configs]
        patch = ["patch"] if self.documents or self.rewritten or self.configs else []
        return max([*bumps, *patch], key=BUMPS.index, default="none")

    @property
    def next_version(self) -> str:
        """The least version that follows the old one."""
        return bumped(self.old, self._raised)

    @property
    def fits(self) -> bool:
        """Whether the new version is at least that."""
        return BUMPS.index(step(self.old, self.new)) >= BUMPS.index(self._raised)

    @property
    def _raised(self) -> str:
        return "minor" if self.bump == "major" and version_numbers(self.old)[0] == 0 else self.bump


def version_numbers(version: str) -> tuple[int, int, int]:
    """Return major, minor and patch number."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch


def bumped(version: str, bump: str) -> str:
    """Return the version that follows by a bump."""
    major, minor, patch = version_numbers(version)
    following = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(map(str, following.get(bump, (major, minor, patch))))


def step(old: str, new: str) -> str:
    """Return the bump between two versions; ``none`` where the new one isn't higher."""
    before, after = version_numbers(old), version_numbers(new)
    if after <= before:
        return "none"
    return "major" if after[0] > before[0] else "minor" if after[1] > before[1] else "patch"


def compare(old: Path, new: Path, *, threads: int = 1) -> Changes:
    """Compare two releases, in memory that their size doesn't change.

    Raises:
        SetupError: one of the folders holds no release.
        DataFindings: a release can't be read; ``verify`` says more.
    """
    with scratch_folder() as temporary:
        before, after = release_in(old), release_in(new)
        names = list(dict.fromkeys((*before.parts, *after.parts)))
        configs = (_compare_config(name, before, after, temporary, threads) for name in names)
        return Changes(
            name=after.config.name,
            old=before.config.version,
            new=after.config.version,
            released=after.config.released,
            configs=tuple(part for part in configs if part.status != "kept" or part.columns or part.rows or part.key),
            documents=tuple(_changed_documents(before, after)),
            rewritten=_payload(before) != _payload(after),
        )


def _payload(release: Release) -> dict[str, str]:
    return {name: release.sha256(name) for name in release.files if name.startswith("data/")}


def _changed_documents(old: Release, new: Release) -> Iterator[str]:
    wanted = {name for name in (*old.files, *new.files) if name.startswith("schema/") or name == DATASHEET}
    for name in sorted(wanted):
        if name == CONFIGURATION:
            same = _timeless(old) == _timeless(new)
        else:
            same = all(name in one.files for one in (old, new)) and old.sha256(name) == new.sha256(name)
        if not same:
            yield name


def _timeless(release: Release) -> dict[str, Any]:
    """Return the configuration without what every version changes."""
    document: dict[str, Any] = release.json(CONFIGURATION)
    document["project"].pop("version", None)
    document["tool"]["dataset-packager"].pop("released", None)
    return document


def _compare_config(name: str, old: Release, new: Release, temporary: Path, threads: int) -> ConfigChanges:
    before, after = old.parts.get(name), new.parts.get(name)
    if before is None or after is None:
        release, part = (new, after) if before is None else (old, before)
        assert part is not None  # noqa: S101 - one of them has it
        count = count_rows(release, part)
        rows = RowChanges(added=count) if before is None else RowChanges(removed=count)
        return ConfigChanges(name, part.is_view, "added" if before is None else "removed", rows=rows)
    columns = column_changes(old, before, new, after)
    same_key = _key(old, before) == _key(new, after)
    rows = NO_CHANGES
    if columns or not same_key or not same_content(old, before, new, after):
        key = _key(new, after) if same_key else ()
        sides = (Side(old, before, key), Side(new, after, key))
        text = canonical_text if columns.retyped else sorted_text if columns else text_needed(*sides)
        pruned = (*columns.added, *columns.removed)
        less = [
            replace(side, text=text, pruned=pruned, left_out=set(equal))
            for side, equal in zip(sides, equal_shards(*sides), strict=True)
        ]
        rows = compare_rows(less[0], less[1], temporary, threads)
    return ConfigChanges(name, after.is_view, "kept", columns, rows, key=not same_key)


def same_content(old: Release, before: Part, new: Release, after: Part) -> bool:
    """Say whether both releases have the same rows in the same splits and shards, by their content digests."""
    return _digests(old, before) == _digests(new, after)


def _digests(release: Release, part: Part) -> list[tuple[str, str | None]]:
    return [
        (split, release.footer(path).provenance.get("content_digest"))
        for split in part.splits
        for path in release.shards(part, split)
    ]


def _key(release: Release, part: Part) -> tuple[ColumnPath, ...]:
    if part.is_view:
        return next(view.key for view in release.config.views if view.name == part.name)
    return release.config.table[part.name].key


def column_changes(old: Release, before: Part, new: Release, after: Part) -> ColumnChanges:
    """Return which columns, down to the members of members, are others."""
    ours, theirs = _leaf_columns(old, before), _leaf_columns(new, after)
    others = {path: (ours[path], theirs[path]) for path in theirs if path in ours}
    told = {path: (_told(one), _told(other)) for path, (one, other) in others.items() if _told(one) != _told(other)}
    extended = {path for path in told if _extends(*others[path])}
    return ColumnChanges(
        added={path: _told(column) for path, column in theirs.items() if path not in ours},
        removed={path: _told(column) for path, column in ours.items() if path not in theirs},
        retyped={path: both for path, both in told.items() if path not in extended},
        extended={path: both for path, both in told.items() if path in extended},
    )


def _extends(former: pa.Field, column: pa.Field) -> bool:
    before, after = type_of(former), type_of(column)
    return before is not None and after is not None and after.extends(before)


def _leaf_columns(release: Release, part: Part) -> dict[ColumnPath, pa.Field]:
    return dict(leaf for column in value_columns(release, part) for leaf in _leaves(column, (column.name,)))


def _told(column: pa.Field) -> str:
    """Return the type of a column in words, with all that a reader of its values needs to know."""
    column_type, encoding = type_of(column), said(column, ENCODING)
    if column_type is not None:
        return f"{column_type.name} {canonical(dict(column_type.described))}".removesuffix(" {}")
    return f"{encoding} {column.type}" if encoding else str(column.type)


def _leaves(column: pa.Field, path: ColumnPath) -> Iterator[tuple[ColumnPath, pa.Field]]:
    if said(column, ENCODING):
        yield path, column
    elif pa.types.is_list(column.type):
        yield from _leaves(column.type.value_field, (*path, LIST))
    elif pa.types.is_struct(column.type):
        for member in column.type:
            yield from _leaves(member, (*path, member.name))
    else:
        yield path, column


def version_warning(old: Path, new: Path) -> str | None:
    """Return what is wrong with the new release's version, seen from the release that it follows, or None.

    Documents and rewritten files alone are no reason to warn. Where very many rows may have changed it isn't looked
    which ones: then any higher minor version is taken as right.
    """
    before, after = release_in(old), release_in(new)
    made = step(before.config.version, after.config.version)
    if made == "major":
        return None
    shared = [name for name in after.parts if name in before.parts]
    other = [n for n in shared if not same_content(before, before.parts[n], after, after.parts[n])]
    if sum(count_rows(after, after.parts[name]) for name in other) > MANY_ROWS:
        bump, what = "minor", f"rows of {', '.join(other)}"
    else:
        changes = compare(old, new)
        bump, what = changes.bump, ", ".join(summary(part) for part in changes.configs)
    if bump == "patch" or BUMPS.index(made) >= BUMPS.index(bump):
        return None
    versions = f"version {after.config.version} follows {before.config.version}"
    return f"{versions}, but the difference is {bump} ({what}): make it {bumped(before.config.version, bump)}"


def summary(part: ConfigChanges) -> str:
    """Return in a few words what changed in a config."""
    if part.status != "kept":
        return f"{part.name} {part.status}"
    counts = {
        "added": part.rows.added,
        "removed": part.rows.removed,
        "changed": part.rows.changed,
        "moved": part.rows.moved,
    }
    told = [f"{number:,} {'row' if number == 1 else 'rows'} {word}" for word, number in counts.items() if number]
    named = {"added": part.columns.added, "removed": part.columns.removed, "retyped": part.columns.retyped}
    named["extended"] = part.columns.extended
    told += [f"column {format_path(path)} {word}" for word, paths in named.items() for path in paths]
    told += ["another key"] if part.key else []
    return f"{part.name}: {', '.join(told)}"
