"""The codes of this dataset's own findings: each is registered, explained, and none that the packager has already."""

from __future__ import annotations

from codes_given import codes_given
from conftest import ROOT

from captures.finding_codes import CODES
from dataset_packager.base import finding_codes
from dataset_packager.documents.findings_reference import code_rows

PACKAGE = ROOT / "packager/src/dataset_packager"


def test_every_code_that_a_finding_is_given_is_registered_and_no_other() -> None:
    codes = codes_given(ROOT / "captures", PACKAGE, leave_out=("finding_codes.py", "codes.py"))
    theirs = codes_given(PACKAGE, leave_out=("finding_codes.py",))
    assert codes.unclear == [], "give codes so that they can be read off the source"
    assert codes.given - theirs.given == set(CODES), "register it in captures/finding_codes.py, or take it out"
    assert not CODES.keys() & finding_codes.CODES.keys()


def test_the_page_on_captures_explains_them() -> None:
    assert "\n".join(code_rows(CODES.values())) in (ROOT / "docs/captures.md").read_text("utf-8")
