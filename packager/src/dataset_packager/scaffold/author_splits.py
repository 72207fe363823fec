"""Splits that the author made already: files that are called after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.scaffold.split_names import CALLED, split_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.scaffold.sources import Source


def author_splits(source: Source) -> dict[str, list[str]] | None:
    """Return the files of each split, relative to the table's folder; None where not all files name one of several."""
    splits: dict[str, list[str]] = {split: [] for split in dict.fromkeys(CALLED.values())}
    for file in source.files:
        split = split_called(source.name_of(file))
        if split is None:
            return None
        splits[split].append(source.name_of(file))
    found = {split: names for split, names in splits.items() if names}
    return found if len(found) > 1 else None


def told_of_splits(sources: list[Source]) -> Iterator[str]:
    """Yield what people have to know of splits among their files."""
    for source in sources:
        named = {source.name_of(file): split_called(source.name_of(file)) for file in source.files}
        if splits := author_splits(source):
            listed = "; ".join(f"{split}: {', '.join(names[:3])}" for split, names in splits.items())
            yield f"{source.table}: splits as the files are called: {listed}"
        elif len(source.files) > 1 and any(named.values()):
            other = next((name for name, split in named.items() if split is None), None)
            why = f"{other} names none" if other else "there is no other split"
            yield (
                f"warning: {source.table}: some files are called after splits, but {why}: all rows are in one split, "
                "test rows too; write 'splits' in pyproject.toml"
            )
    alone = [source for source in sources if source.table.lower() in CALLED]
    if len(alone) > 1:
        listed = ", ".join(source.table for source in alone)
        yield f"warning: {listed} become tables of their own: for splits of one table put the files into one folder"
