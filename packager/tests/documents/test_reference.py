"""The references of configuration and findings are what the program itself goes by."""

from __future__ import annotations

from codes_given import codes_given
from conftest import PACKAGE, PACKAGER

from dataset_packager.base.finding_codes import CODES
from dataset_packager.documents.config_reference import configuration_reference
from dataset_packager.documents.findings_reference import CONTRACT, finding_contract, findings_reference
from dataset_packager.validation.applicators import KEYWORDS
from dataset_packager.validation.leaf_keywords import ASSERTIONS


def test_the_configuration_page_is_up_to_date() -> None:
    page = (PACKAGER / "docs/configuration.md").read_text("utf-8")
    assert page == configuration_reference(), "run make documents"


def test_the_page_and_the_contract_of_findings_are_up_to_date() -> None:
    assert (PACKAGER / "docs/findings.md").read_text("utf-8") == findings_reference(), "run make documents"
    assert CONTRACT.read_text("utf-8") == finding_contract(), "run make documents"


def test_every_code_that_a_finding_is_given_is_registered_and_no_other() -> None:
    codes = codes_given(PACKAGE, leave_out=("finding_codes.py",))
    assert codes.unclear == [], "give codes so that they can be read off the source"
    assert codes.given - KEYWORDS.keys() - ASSERTIONS == set(CODES), (
        "register it in base/finding_codes.py, or take it out"
    )
