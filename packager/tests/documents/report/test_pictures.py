"""Pictures: the same bytes anywhere, right numbers, and words for those who can't see them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from conftest import PACKAGER
from verify.forging import edit, mend_hashes

from dataset_packager.documents.report import charts
from dataset_packager.release.release_files import Release
from dataset_packager.verify import FULL, QUICK, prove

TEXT = "plain Привет 日本語 مرحبا ქართული ✈"  # most typefaces lack some of it
DRAW = """
from dataset_packager.documents.report import charts
text = {text!r}
rows = [{{"year": text}}, {{"label": text, "from": 3, "to": 40, "exact": True, "note": text}}]
figures = [{{"unit": text, "most": 7300}}, {{"label": text, "value": text, "from": 1.5, "to": 60, "open": True}}]
cells = [{{"row": text, "column": text, "count": 3}}]
for spec in (charts.years(text, rows), charts.bounds(text, figures), charts.matrix(text, cells, [text], [text])):
    print(charts.render("name", text, text, spec).svg)
"""
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*before: str, **environment: str) -> str:
    """Return the hash of what a process of its own draws."""
    done = subprocess.run(
        [*before, sys.executable, "-c", DRAW.format(text=TEXT)],
        cwd=PACKAGER, env=os.environ | environment, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return hashlib.sha256(done.stdout).hexdigest()


@pytest.fixture(scope="module")
def here() -> str:
    return drawn(PYTHONHASHSEED="1")


def test_pictures_have_the_same_bytes_whatever_zone_locale_or_seed_a_machine_has(here: str) -> None:
    assert drawn(PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C", HOME="/nonexistent") == here


@pytest.mark.skipif(os.geteuid() != 0, reason="taking the machine's fonts away takes root: run this test as root")
def test_pictures_have_the_same_bytes_where_no_font_is_installed(here: str) -> None:
    words, without = ("unshare", "--mount", "sh", "-c"), "mount -t tmpfs none /usr/share/fonts"
    if subprocess.run([*words, without], capture_output=True, check=False).returncode:
        pytest.skip("this container may not mount: run the test where `unshare --mount` works")
    assert drawn(*words, without + ' && exec "$0" "$@"') == here


def test_every_picture_is_xml_with_title_and_description_in_its_own_window(release: Path) -> None:
    for path in sorted((release / "assets").iterdir()):
        root = ElementTree.fromstring(path.read_text("utf-8"))  # noqa: S314 - the build's own
        assert root.attrib["role"] == "img"
        assert root.findtext(f"{SVG}title")
        assert len(root.findtext(f"{SVG}desc") or "") > 100
        width, height = (float(root.attrib[name]) for name in ("width", "height"))
        assert 0 < width < 1400
        assert 0 < height < 1400


def test_the_card_shows_each_picture_with_an_alternative_text(release: Path) -> None:
    card = (release / "README.md").read_text("utf-8")
    shown = re.findall(r"^!\[(.+)\]\((assets/[a-z-]+\.svg)\)$", card, re.MULTILINE)
    assert sorted(path for _, path in shown) == sorted(f"assets/{path.name}" for path in (release / "assets").iterdir())
    for text, path in shown:
        assert len(text) > 100, path
    claims = pq.read_table(release / "data/claims").select(["voice", "act"]).to_pylist()
    for voice in ("attributed", "outlet"):  # claims by act and voice, as the picture says in words
        count = sum(row == {"voice": voice, "act": "assert"} for row in claims)
        assert f"{voice}: {count} assert" in next(text for text, path in shown if path.endswith("voices.svg"))


def test_a_circle_of_a_matrix_is_as_large_as_its_number() -> None:
    cells = [{"row": "a", "column": name, "count": count} for name, count in (("x", 100), ("y", 50), ("z", 10))]
    svg = charts.render("m", "m", "m", charts.matrix("m", cells, ["a"], ["x", "y", "z"])).svg
    radii = [float(radius) for radius in re.findall(r'<circle [^>]*r="([\d.]+)"', svg)]
    areas = [radius**2 for radius in radii]
    assert len(areas) == 3
    assert areas[0] > 1.8 * areas[1] > 1.8 * 1.8 * areas[2]


def test_a_scale_is_marked_at_its_values_and_a_figure_stands_where_its_value_is() -> None:
    half = {"label": "half", "value": "50", "from": charts.FULL / 2, "to": charts.FULL / 2, "open": False}
    svg = charts.render("b", "b", "b", charts.bounds("b", [{"unit": "in t", "most": 100}, half])).svg
    marks = {text: float(x) for x, text in re.findall(r'<text x="([\d.]+)"[^>]*font-size="11"[^>]*>([^<]+)<', svg)}
    assert list(marks) == ["0", "25", "50", "75", "100"]
    assert {float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)} == {marks["50"]}


@pytest.mark.parametrize(
    ("most", "marked"),
    [
        (7300, [0, 2000, 4000, 6000]),
        (1, [0, 0.25, 0.5, 0.75, 1]),
        (0.4, [0, 0.1, 0.2, 0.3, 0.4]),
        (0, [0]),
        (9, [0, 2, 4, 6, 8]),
    ],
)
def test_a_scale_is_marked_at_a_few_round_values(most: float, marked: list[float]) -> None:
    assert charts.ticks(most) == marked


def test_a_text_can_not_break_out_of_a_picture_nor_make_it_unreadable() -> None:
    text = "</text><script>\x00\x1b\ufffe&\"'"
    for drawing in (
        charts.matrix(text, [{"row": text, "column": text, "count": 1}], [text], [text]),
        charts.years(text, [{"year": text}, {"label": text, "from": 1, "to": 2, "exact": True, "note": text}]),
    ):
        root = ElementTree.fromstring(charts.render("t", text, text, drawing).svg)  # noqa: S314 - the build's own
        assert not list(root.iter(f"{SVG}script"))


FORGED = {
    "another number in a picture": lambda r: edit(next((r / "assets").glob("many.svg")), "</text>", " or more</text>"),
    "other words of a picture": lambda r: edit(r / "assets/when.svg", "<title>When", "<title>Never"),
    "a script in a picture": lambda r: edit(r / "assets/hands.svg", "</svg>", "<script>alert(1)</script></svg>"),
    "a picture that is gone": lambda r: (r / "assets/when.svg").unlink(),
    "a picture more": lambda r: (r / "assets/more.svg").write_text("<svg/>"),
    "a report that is gone": lambda r: (r / "report.html").unlink(),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_report_is_unsound_though_all_hashes_fit(case: str, hostile: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(hostile, tmp_path / "release"))
    FORGED[case](release)
    mend_hashes(release)
    (tmp_path / "t").mkdir()
    opened = Release(release, tmp_path / "t")
    assert prove("files", QUICK["files"], opened).problems == []
    proof = prove("report", FULL["report"], opened)
    assert proof.wrong == 1, proof
    assert proof.findings[0].file.startswith("report.html" if "report" in case else "assets/")
