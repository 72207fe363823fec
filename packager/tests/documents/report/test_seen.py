"""The report as a browser shows it: silent, alone, right, and the same again by its links."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow.parquet as pq
import pytest

from .conftest import ATTACKS, Seen

Look = Callable[..., Seen]
NAME = "find-overview"
OUTPUT = "told => document.querySelector('output').textContent === told"
OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"
SECTION = f"section[data-name={NAME}]"
TURNED = "last => document.getElementById(last).hidden"
SHOWN = "ol.rows > li:not([hidden])"


@pytest.fixture(scope="module")
def claims(release: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(release / "data/overview").to_pylist()
    return rows


def address(release: Path, fragment: str = "") -> str:
    return (release / "report.html").resolve().as_uri() + (f"#{fragment}" if fragment else "")


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if not unicodedata.combining(character)).lower()


def expected(claims: list[dict[str, Any]], chosen: dict[str, str]) -> list[str]:
    """Return the keys of the claims that a choice asks for, worked out from the Parquet alone."""

    def fits(row: dict[str, Any]) -> bool:
        for name, value in chosen.items():
            if name == "q":
                ok = all(word in folded(str(row)) for word in folded(value).split())
            else:
                cell = row[name]
                values = cell if isinstance(cell, list) else [] if cell is None else [cell]
                ok = value in [str(each).lower() if each is True or each is False else each for each in values]
                ok = ok if value != "(none)" else not values
            if not ok:
                return False
        return True

    return [row["claim_id"] for row in claims if fits(row)]


def shown(seen: Seen) -> list[str]:
    """Return the keys of all rows that fit, page by page."""
    found: list[str] = []
    while True:
        found += seen.page.eval_on_selector_all(f"{SECTION} {SHOWN}", "all => all.map(one => one.id)")
        later = seen.page.locator(f"{SECTION} [name=later]")
        if not later.is_visible() or later.is_disabled():
            return [name.removeprefix("overview-") for name in found]
        later.dispatch_event("click")  # rows that come into view may move it away from a pointer
        seen.page.wait_for_function(TURNED, arg=found[-1])


CHOICES = [
    {"document_id": "kherson-surrender-rewrite"},
    {"speakers": "Volodymyr Zelenskyy"},
    {"speakers": "(none)", "act": "predict"},
    {"events": "Russia invades Ukraine on a full scale"},
    {"voice": "attributed", "act": "deny"},
    {"q": "no claim has this"},
    {"document_id": "asean-now-quiet-expansion", "voice": "reader"},
    {"voice": "attributed", "act": "predict", "garbled": "false"},
]


def test_a_link_brings_back_the_rows_that_it_asks_for(look: Look, release: Path, claims: list[dict[str, Any]]) -> None:
    seen = look(address(release, f"{NAME}?{urlencode(CHOICES[0])}"))
    for chosen in CHOICES:
        seen.page.evaluate("fragment => { location.hash = fragment; }", f"{NAME}?{urlencode(chosen)}")
        right = expected(claims, chosen)
        seen.page.wait_for_function(OUTPUT, arg=f"{len(right)} of {len(claims)} rows")
        assert shown(seen) == right
        assert seen.page.locator(f"{SECTION} .nothing").is_visible() == (not right)
        for name, value in chosen.items():
            assert seen.page.locator(f"{SECTION} [name={name}]").input_value() == value


def test_a_link_opened_anew_brings_back_the_same_rows(look: Look, release: Path, claims: list[dict[str, Any]]) -> None:
    seen = look(address(release, f"{NAME}?{urlencode(CHOICES[-1])}"))
    assert shown(seen) == expected(claims, CHOICES[-1]) != []


def test_choosing_by_hand_filters_and_puts_the_choice_into_the_address(
    look: Look, release: Path, claims: list[dict[str, Any]]
) -> None:
    seen = look(address(release))
    assert len(shown(seen)) == len(claims)
    seen.page.locator(f"{SECTION} [name=voice]").select_option("attributed")
    seen.page.locator(f"{SECTION} [name=q]").fill("missile")
    chosen = {"q": "missile", "voice": "attributed"}
    assert 0 < len(shown(seen)) < len(expected(claims, {"voice": "attributed"}))
    fragment = f"#{NAME}?{urlencode(chosen)}"
    assert seen.page.url.endswith(fragment)
    assert seen.page.locator(f"{SECTION} a.view").get_attribute("href") == fragment
    seen.page.locator(f"{SECTION} [type=reset]").click()
    assert len(shown(seen)) == len(claims)
    assert seen.page.url.endswith(f"#{NAME}")


def test_search_takes_words_in_any_order_anywhere_in_a_row_and_numbers_however_written(
    look: Look, release: Path, claims: list[dict[str, Any]]
) -> None:
    seen = look(address(release))
    found = {}
    for words in ("6,000 retaken", "retaken 6000", "ZELENSKYY volodymyr", "Volodymyr zelénskyy"):
        seen.page.locator(f"{SECTION} [name=q]").fill(words)
        found[words] = shown(seen)
    assert found["6,000 retaken"] == found["retaken 6000"] != []
    assert found["ZELENSKYY volodymyr"] == found["Volodymyr zelénskyy"] != []
    rows = {row["claim_id"]: row for row in claims}
    assert any("6,000" in rows[name]["statement"] for name in found["retaken 6000"])
    assert not all("volodymyr" in folded(rows[name]["statement"]) for name in found["ZELENSKYY volodymyr"])


def test_rows_come_in_pages_and_a_link_turns_to_its_own(
    look: Look, release: Path, claims: list[dict[str, Any]]
) -> None:
    seen = look(address(release))
    first_page = seen.page.locator(f"{SECTION} {SHOWN}").count()
    assert first_page == 25
    assert len(shown(seen)) == len(claims)
    last = claims[-1]["claim_id"]
    seen.page.evaluate("fragment => { location.hash = fragment; }", f"overview-{claims[0]['claim_id']}")
    seen.page.locator(f"[id='overview-{claims[0]['claim_id']}']").wait_for(state="visible")
    seen.page.evaluate("fragment => { location.hash = fragment; }", f"overview-{last}")
    seen.page.locator(f"[id='overview-{last}']").wait_for(state="visible")
    assert f"of {len(claims)}" in seen.page.locator(f"{SECTION} nav.pages").inner_text()


def test_every_dot_of_a_figure_lies_within_a_narrow_screen(look: Look, release: Path) -> None:
    seen = look(address(release))
    seen.page.set_viewport_size({"width": 390, "height": 800})
    seen.page.evaluate(OPEN)
    ends = seen.page.eval_on_selector_all(
        "svg.bound circle, svg.bound path, .picture circle",
        "all => all.map(one => one.getBoundingClientRect()).filter(one => one.width).map(one => [one.left, one.right])",
    )
    assert len(ends) > 50
    assert all(left >= 0 and right <= 390 for left, right in ends)


def test_going_back_in_the_browser_brings_back_the_view_before(look: Look, release: Path) -> None:
    seen = look(address(release, f"{NAME}?voice=reader"))
    before = shown(seen)
    seen.page.evaluate(f"location.hash = '{NAME}?voice=republisher'")
    seen.page.wait_for_function("document.querySelector('[name=voice]').value === 'republisher'")
    assert shown(seen) != before
    seen.page.go_back()
    seen.page.wait_for_function("document.querySelector('[name=voice]').value === 'reader'")
    assert shown(seen) == before


def test_each_row_has_a_link_of_its_own_and_its_locator(
    look: Look, release: Path, claims: list[dict[str, Any]]
) -> None:
    seen = look(address(release))
    links = seen.page.eval_on_selector_all(
        f"{SECTION} ol.rows > li",
        "all => all.map(one => [one.id, one.querySelector('a.link').hash, one.querySelector('.locator').textContent])",
    )
    for row, (name, link, locator) in zip(claims, links, strict=True):
        assert link == f"#{name}" == f"#overview-{row['claim_id']}"
        for at in row["at"]:
            assert f"start {at['start']:,}, end {at['end']:,}" in locator
            assert at["sha256"][:12] in locator


LINKED = ("overview-vpk-name-fifty-day-ultimatum-c010", "accounts-full-scale-invasion-2022",
          "events-crimea-annexation-2014", "columns-claims", "documents-kherson-surrender-rewrite",
          "alterations-kherson-surrender-rewrite-a01", "table-figures")  # fmt: skip


def test_a_link_to_anything_opens_what_it_lies_in(look: Look, release: Path) -> None:
    seen = look(address(release))
    for fragment in LINKED:
        seen.page.evaluate("fragment => { location.hash = fragment; }", fragment)
        seen.page.locator(f"[id='{fragment}']").wait_for(state="visible")
        assert seen.page.evaluate(f"document.getElementById('{fragment}').getBoundingClientRect().top < innerHeight")


def test_a_link_to_a_row_that_a_filter_hides_takes_the_filter_away(look: Look, release: Path) -> None:
    seen = look(address(release, f"{NAME}?voice=reader"))
    seen.page.evaluate("location.hash = 'overview-vpk-name-fifty-day-ultimatum-c010'")
    seen.page.wait_for_function("document.querySelector('[name=voice]').value === ''")
    assert seen.page.locator("#overview-vpk-name-fifty-day-ultimatum-c010").is_visible()


def test_the_page_over_loopback_is_one_request(look: Look, served: str, claims: list[dict[str, Any]]) -> None:
    seen = look(f"{served}/report.html#{NAME}?voice=outlet")
    assert shown(seen) == expected(claims, {"voice": "outlet"})
    assert seen.asked == [f"{served}/report.html"]


def test_the_keyboard_alone_reaches_and_works_filters_and_details(look: Look, release: Path) -> None:
    seen = look(address(release))
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.className") == "skip"
    seen.page.locator(f"{SECTION} [name=voice]").focus()
    seen.page.keyboard.press("a")
    assert seen.page.locator(f"{SECTION} [name=voice]").input_value() == "attributed"
    summary = seen.page.locator("details.group > summary").first
    summary.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("details.group").first.get_attribute("open") is not None


def test_pictures_have_titles_and_words_for_those_who_cannot_see_them(look: Look, release: Path) -> None:
    seen = look(address(release))
    pictures = seen.page.get_by_role("img", name="What happened when")
    assert pictures.count() == 1
    told = pictures.locator("desc").text_content() or ""
    assert re.match(r"\d+ rows in the order of their dates, from 2014\S* \(.+\) to 2025-07-14", told)
    bare = seen.page.eval_on_selector_all(
        "main svg:not([aria-hidden=true]):not(svg svg)",
        "all => all.filter(one => !one.querySelector(':scope > title') && !one.getAttribute('aria-label')).length",
    )
    assert bare == 0


def test_no_width_makes_the_page_scroll_sideways(look: Look, release: Path) -> None:
    seen = look(address(release))
    seen.page.evaluate(OPEN)
    for width in (320, 390, 768, 1280):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width


CONTRAST = """scheme => {
  const parse = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (rgb) => rgb.map((part) => part / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (one) => {
    for (let node = one; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(colour) && colour !== "transparent") return parse(colour);
    }
    return [255, 255, 255];
  };
  const told = {};
  for (const one of document.querySelectorAll("body *")) {
    if (!Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(one);
    const svg = one instanceof SVGElement;
    if (["SCRIPT", "STYLE", "NOSCRIPT", "OPTION", "title", "desc"].includes(one.tagName)) continue;
    const under = svg && one.getAttribute("fill") === "#ffffff" ? null : ground(one);
    if (!under) continue;
    const [over, below] = [light(parse(svg ? style.fill : style.color)), light(under)];
    const ratio = (Math.max(over, below) + 0.05) / (Math.min(over, below) + 0.05);
    if (ratio < 4.5) told[one.tagName + "." + (one.className.baseVal ?? one.className)] = ratio;
  }
  return told;
}"""


def test_text_stands_out_from_its_ground_in_light_and_dark(look: Look, release: Path) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of at least 4.5 to 1."""
    seen = look(address(release))
    seen.page.evaluate(OPEN)
    for scheme in ("light", "dark"):
        seen.page.emulate_media(color_scheme=scheme)
        assert seen.page.evaluate(CONTRAST) == {}


def test_without_scripts_everything_can_be_read(look: Look, release: Path, claims: list[dict[str, Any]]) -> None:
    seen = look(address(release), java_script_enabled=False)
    assert seen.page.locator(f"{SECTION} ol.rows > li:visible").count() == len(claims)
    assert seen.page.locator(f"{SECTION} form.filters").is_hidden()


def test_hostile_values_stay_text(look: Look, hostile: Path) -> None:
    seen = look(address(hostile))
    seen.page.evaluate(OPEN)
    assert seen.page.evaluate("window.hit") is None
    assert seen.page.locator("script").count() == 1
    assert seen.page.locator("style").count() == 1
    assert seen.page.locator("img, iframe, object, embed, base, form[action]").count() == 0
    texts = seen.page.locator("section.browser p.text").all_text_contents()
    assert texts[0] == ATTACKS[0]
    assert texts[4] == ATTACKS[4]
    assert texts[8] == "line separator and \\u202eright to left"
    assert texts[9] == "a null \\u0000 and a bell \\u0007"
    assert texts[11] == ATTACKS[11]


def test_hostile_values_can_be_chosen_and_linked_to(look: Look, hostile: Path) -> None:
    seen = look(address(hostile))
    options = seen.page.locator("select[name=tags] option").evaluate_all("all => all.map(one => one.value)")
    assert ATTACKS[0] in options
    seen.page.locator("select[name=tags]").select_option(ATTACKS[1])
    chosen = seen.page.url
    rows = seen.page.locator(f"section.browser {SHOWN}").count()
    again = look(chosen)
    assert again.page.locator("select[name=tags]").input_value() == ATTACKS[1]
    assert 0 < again.page.locator(f"section.browser {SHOWN}").count() == rows < len(ATTACKS)
    dead = "all => all.map(one => one.hash).filter(hash => !document.getElementById(hash.slice(1)))"
    assert again.page.locator("a.link").evaluate_all(dead) == []


def test_a_link_made_by_a_stranger_runs_nothing(look: Look, release: Path) -> None:
    seen = look(address(release, f"{NAME}?q={quote(ATTACKS[1])}&voice={quote(ATTACKS[2])}&{quote(ATTACKS[0])}=1"))
    assert seen.page.locator(f"{SECTION} [name=q]").input_value() == ATTACKS[1]
    assert seen.page.evaluate("window.hit") is None
    broken = look(address(release, "%E0%A4%A"))
    assert broken.page.locator("h1").is_visible()
