"""What stands in the page, whoever reads it: all tables, profiles, refusals, nothing that fetches or runs."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq

from dataset_packager.documents.report import MOST_BYTES

from .conftest import PROJECT, built, records, write_project

BARE = (
    PROJECT.split("[tool.dataset-packager.report.labels]")[0]
    + PROJECT[PROJECT.index("[tool.dataset-packager.tables.changes]") :]
)


class _Tags(HTMLParser):
    """Counts the elements of a document, and as ``active`` the attributes that could run or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        self.depth += tag == "svg"
        if tag == "title":
            self.found["title/svg" if self.depth else "title/html"] += 1
        for name, value in attrs:
            links = name == "href" and not (value or "").startswith(("#", "data:,"))
            if links or name.startswith("on") or name in ("src", "srcset", "action", "style", "xlink:href"):
                self.found["active"] += 1

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "svg"


def tags(text: str) -> Counter[str]:
    parser = _Tags()
    parser.feed(text)
    return parser.found


def page(release: Path) -> str:
    return (release / "report.html").read_text("utf-8")


def test_the_page_names_every_table_with_its_rows_and_digest_and_every_column(release: Path) -> None:
    text = page(release)
    for folder in sorted((release / "data").iterdir()):
        table = pq.read_table(folder)
        assert f'id="table-{folder.name}"' in text
        assert f'<td class="n">{table.num_rows:,}</td>' in text
        for name in table.column_names:
            assert name == "provenance" or f"<h3><code>{name}</code>" in text
    for sha256 in re.findall(r"^([0-9a-f]{64})  data/", (release / "manifest-sha256.txt").read_text(), re.MULTILINE):
        assert sha256 in text


def test_the_page_is_no_larger_than_it_may_be_and_asks_for_nothing(release: Path) -> None:
    text = page(release)
    assert len(text.encode("utf-8")) <= MOST_BYTES
    assert "default-src 'none'" in text
    assert "active" not in tags(text)
    assert not re.search(r"@import|url\(", text)


def test_the_page_of_hostile_values_has_no_markup_of_theirs(hostile: Path) -> None:
    found = tags(page(hostile))
    assert found["script"] == found["style"] == found["title/html"] == 1
    assert not found.keys() & {"img", "iframe", "object", "embed", "base", "i", "image", "foreignobject", "active"}
    for picture in sorted((hostile / "assets").iterdir()):
        found = tags(picture.read_text("utf-8"))
        assert found.keys() <= {"svg", "title", "title/svg", "desc", "style", "rect", "path", "circle", "text"}, (
            picture.name
        )


def test_refused_records_are_told_with_their_reasons(tmp_path: Path) -> None:
    tables = records()
    tables["people"] += [{"person": 7, "name": "seven"}, {"person": "p99", "name": "n", "more": 1}, {"person": 8}]
    release = built(write_project(tmp_path / "project", tables, BARE), tmp_path / "dist", "--quarantine")
    assert "<td>type 2, additionalProperties 1</td>" in page(release)


def test_without_a_declaration_there_is_the_profile_and_no_picture(tmp_path: Path) -> None:
    release = built(write_project(tmp_path / "project", records(), BARE), tmp_path / "dist")
    assert "Keys and references" in page(release)
    assert not (release / "assets").exists()
    assert "At a glance" not in (release / "README.md").read_text("utf-8")


def test_a_dataset_may_do_without_a_report(tmp_path: Path) -> None:
    document = BARE + "\n[tool.dataset-packager.report]\nenabled = false\n"
    release = built(write_project(tmp_path / "project", records(), document), tmp_path / "dist")
    assert not (release / "report.html").exists()
    assert "report.html" not in (release / "provenance.intoto.json").read_text("utf-8")


def test_a_large_table_is_sampled_says_so_and_keeps_the_page_small(tmp_path: Path) -> None:
    tables = records()
    rumour = tables["rumours"][1] | {"text": "Nobody knows. " * 40, "about": None}
    tables["rumours"] = [rumour | {"rumour": f"r{number:06}"} for number in range(21_000)]
    document = PROJECT.replace(
        "[tool.dataset-packager.report.labels]",
        "[tool.dataset-packager.report]\nrows = 3000\n\n[tool.dataset-packager.report.labels]",
    )
    release = built(write_project(tmp_path / "project", tables, document), tmp_path / "dist")
    text = page(release)
    assert len(text.encode("utf-8")) <= MOST_BYTES
    assert re.search(r"Profiled from a sample: \d\d,\d\d\d of 21,000 rows", text)
    shown = re.search(r"Drawn from a sample: ([\d,]+) of the 21,000 rows of rumours", text)
    assert shown
    assert 0 < int(shown[1].replace(",", "")) == text.count('<li id="rumours-r0') < 3_000


def test_report_and_pictures_are_proven_by_manifests_and_provenance(release: Path) -> None:
    covered = (release / "tagmanifest-sha256.txt").read_text("utf-8")
    told = (release / "provenance.intoto.json").read_text("utf-8")
    names = ["report.html", *sorted(f"assets/{path.name}" for path in (release / "assets").iterdir())]
    assert len(names) == 5
    for name in names:
        assert f"  {name}\n" in covered
        assert f'"name": "{name}"' in told
