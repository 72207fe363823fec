"""The references of configuration and findings are what the program itself goes by."""

from __future__ import annotations

from conftest import PACKAGER

from dataset_packager.documents.config_reference import configuration_reference
from dataset_packager.documents.findings_reference import CONTRACT, finding_contract, findings_reference


def test_the_configuration_page_is_up_to_date() -> None:
    page = (PACKAGER / "docs/configuration.md").read_text("utf-8")
    assert page == configuration_reference(), "run make documents"


def test_the_page_and_the_contract_of_findings_are_up_to_date() -> None:
    assert (PACKAGER / "docs/findings.md").read_text("utf-8") == findings_reference(), "run make documents"
    assert CONTRACT.read_text("utf-8") == finding_contract(), "run make documents"
