"""A profile of each column: what is missing, distinct and frequent in it, its range and its distribution."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.arrow import chosen, contents_of, items_of
from dataset_packager.columns.kinds import shown_type, text_encoding, type_of
from dataset_packager.columns.kinds.files import BYTES, PATH
from dataset_packager.columns.metadata import documentation, has_members, is_row_provenance, said, shown_name
from dataset_packager.documents.report.page import size
from dataset_packager.documents.report.shown_files import media_types, shown_files
from dataset_packager.documents.report.shown_values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.documents.report.shown_files import Content, ShownFile

    Thumbnail = Callable[[str, Content], bytes | None]

PROFILED_ROWS = 20_000
BINS = 16
FREQUENT = 6
FEW_VALUES = 12
OFTEN = 0.01  # what stands in a smaller share of the places is not worth a list of the most frequent
EXAMPLES = 3
LONGEST = 60
_DATE = re.compile(r"\d{4}(-\d\d){0,2}([T ].*)?[~?%]?(/.*)?")


@dataclass(slots=True)
class Profile:
    """Of one column or member: ``places`` where it may stand, of which some are ``missing``, some ``empty`` lists.

    ``bars`` is the distribution, of what ``measure`` says: labels and counts; ``low`` and ``high`` are the range.
    Of files, ``frequent`` are their media types, and ``files`` some that can be shown.
    """

    path: str
    title: str
    type: str
    documentation: str
    places: int
    missing: int
    empty: int = 0
    values: int = 0
    distinct: int | None = None
    low: str = ""
    high: str = ""
    measure: str = ""
    bars: list[tuple[str, int]] = field(default_factory=list)
    frequent: list[tuple[str, int]] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    files: list[ShownFile] = field(default_factory=list)

    @property
    def has_thumbnails(self) -> bool:
        """Whether some of the files are shown as small copies."""
        return any(file.is_thumbnail for file in self.files)

    @property
    def missing_share(self) -> float:
        """The share of places without a value."""
        return self.missing / self.places if self.places else 0.0


def profiles(table: pa.Table, thumbnail: Thumbnail | None = None) -> Iterator[Profile]:
    """Yield the profile of every column and member of a table's rows, without the build's own column.

    ``thumbnail`` gives a small JPEG of a picture by its media type and bytes, none where it can't.
    """
    for number, column in enumerate(table.schema):
        if not is_row_provenance(column):
            chunks = table.column(number).combine_chunks()
            yield from _profiled(chunks, column, shown_name(column.name), thumbnail)


def _profiled(array: Any, column: pa.Field, path: str, thumbnail: Thumbnail | None) -> Iterator[Profile]:
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    kind = shown_type(column) + (f", {text_encoding(column)} text" if text_encoding(column) else "")
    found = Profile(path, said(column, "title") or "", kind, documentation(column), len(array), array.null_count)
    leaf, place = column, path
    while pa.types.is_list(leaf.type):
        found.empty += pc.sum(pc.equal(pc.list_value_length(array), 0)).as_py() or 0
        array, leaf, place = items_of(array), leaf.type.value_field, place + "[]"
    array = chosen(array, array.is_valid()) if array.null_count else array  # it copies, and files may be large
    found.values = len(array)
    if has_members(leaf):
        yield found
        for number, child in enumerate(leaf.type):
            name = f"{place}.{shown_name(child.name)}"
            yield from _profiled(pc.struct_field(array, [number]), child, name, thumbnail)
        return
    if len(array):
        _describe_leaf(found, array, leaf, thumbnail)
    yield found


def _describe_leaf(found: Profile, array: pa.Array, leaf: pa.Field, thumbnail: Thumbnail | None) -> None:
    column_type = type_of(leaf)
    if column_type is None or column_type.profile == "numbers":
        _describe(found, array, leaf.type)
    elif column_type.profile == "summary":
        _summarise(found, array)
    elif column_type.profile == "files":
        _describe_files(found, array, thumbnail)
    else:  # words, times and texts, as the records write them
        _describe(found, column_type.decode(array), pa.string())


def _describe_files(found: Profile, array: Any, thumbnail: Thumbnail | None) -> None:
    """Say how large files are and of what media types, and show some."""
    contents, paths = (pc.struct_field(array, member) for member in (BYTES, PATH))
    lengths = pc.binary_length(contents)
    found.low, found.high = (size(end.as_py()) for end in pc.min_max(lengths).values())
    found.measure, found.bars = "size in bytes", _histogram(lengths)
    found.distinct = len(pc.unique(paths))
    held = [memoryview(content or b"") for content in contents_of(contents)]
    found.frequent = media_types(held)[:FREQUENT]
    found.files = list(shown_files(held, [shown(path, LONGEST) for path in paths.to_pylist()], thumbnail))


def _summarise(found: Profile, array: pa.Array) -> None:
    """Say of values that nobody reads one by one how large they are; of vectors, how large their numbers."""
    kind = array.type
    if pa.types.is_fixed_size_list(kind):
        ends = pc.min_max(array.flatten()).as_py()
        found.low, found.high = shown(ends["min"]), shown(ends["max"])
    elif pa.types.is_binary(kind):
        lengths = pc.binary_length(array)
        ends = pc.min_max(lengths).as_py()
        found.high = f"{ends['max']:,} bytes"
        found.low = found.high if ends["min"] == ends["max"] else f"{ends['min']:,}"
    elif isinstance(kind, pa.BaseExtensionType):
        found.examples = [shown(text, LONGEST) for text in array.storage[:EXAMPLES].to_pylist()]
    else:
        found.distinct = len(pc.unique(array))


def _describe(found: Profile, array: pa.Array, kind: pa.DataType) -> None:
    pairs = pc.value_counts(array)
    counts = pairs.field("counts")
    found.distinct = len(pairs)
    if found.distinct <= FEW_VALUES or pc.max(counts).as_py() > max(1, len(array) * OFTEN):
        least = counts.take(pc.select_k_unstable(counts, FREQUENT, [("", "descending")]))[-1]
        often = pairs.filter(pc.greater_equal(counts, least)).to_pylist()
        often.sort(key=lambda pair: (-pair["counts"], str(pair["values"])))
        found.frequent = [(shown(pair["values"], LONGEST), pair["counts"]) for pair in often[:FREQUENT]]
    if found.distinct > FREQUENT or not found.frequent:
        found.examples = list(dict.fromkeys(shown(value, LONGEST) for value in array[:40].to_pylist()))[:EXAMPLES]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        _describe_text(found, array, pairs.field("values"))
    elif not pa.types.is_boolean(kind):
        _describe_numbers(found, array)


def _describe_text(found: Profile, array: pa.Array, distinct: pa.Array) -> None:
    if all(_DATE.fullmatch(value) for value in distinct[:200].to_pylist()):
        ends = pc.min_max(array).as_py()
        found.low, found.high = shown(ends["min"], LONGEST), shown(ends["max"], LONGEST)
        years = pc.value_counts(pc.utf8_slice_codeunits(array, 0, 4)).to_pylist()
        found.measure, found.bars = "year", sorted((year["values"], year["counts"]) for year in years)[-BINS:]
        return
    lengths = pc.utf8_length(array)
    ends = pc.min_max(lengths).as_py()
    found.high = f"{ends['max']:,} characters"
    found.low = found.high if ends["min"] == ends["max"] else f"{ends['min']:,}"
    if len(distinct) > FEW_VALUES:
        found.measure, found.bars = "length in characters", _histogram(lengths)


def _describe_numbers(found: Profile, array: pa.Array) -> None:
    ends = pc.min_max(array).as_py()
    found.low, found.high = shown(ends["min"]), shown(ends["max"])
    if (found.distinct or 0) > FEW_VALUES:
        found.measure, found.bars = "value", _histogram(array)


def _histogram(array: pa.Array) -> list[tuple[str, int]]:
    import numpy

    values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    values = values[numpy.isfinite(values)]
    if not len(values) or values.min() == values.max() or not numpy.isfinite(values.max() - values.min()):
        return []
    whole = pa.types.is_integer(array.type) and values.max() - values.min() < BINS
    if whole:  # a bin for each number
        low = int(values.min())
        found = numpy.bincount((values - low).astype("int64"))
        return [(shown(low + number), int(count)) for number, count in enumerate(found)]
    counts, edges = numpy.histogram(values, bins=BINS)
    ends = [shown(float(edge)) for edge in edges]
    return [(f"{low} to {high}", int(count)) for low, high, count in zip(ends, ends[1:], counts, strict=False)]
