"""What Croissant says of a dataset beyond its files: who made it, what may be done with it, and what NeurIPS asks for.

NeurIPS (2026) wants of each dataset eight terms: six of the RAI vocabulary and two of PROV. What prose can say comes
from the datasheet; two facts that no prose tells a program stand in ``[tool.dataset-packager.croissant]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.documents import datasheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config

ORCID = "https://orcid.org/"
NEEDED = ("dataLimitations", "dataBiases", "personalSensitiveInformation", "dataUseCases", "dataSocialImpact")
"""The RAI terms in prose that NeurIPS asks for."""
DECLARED = {
    "synthetic": "rai:hasSyntheticData: nobody says whether there is synthetic data: add `synthetic = true` or false",
    "derived_from": 'prov:wasDerivedFrom: nobody says what it was made from: add `derived_from = ["https://…"]`',
}
SECTION = "[tool.dataset-packager.croissant]"


def creators(config: Config) -> list[dict[str, Any]]:
    """Return who made the dataset, as schema.org has it: ``creators``, else the authors of ``[project]``."""
    if stated := config.croissant.get("creators"):
        return [_creator(each) for each in stated]
    return [_party(author) for author in config.authors]


def _creator(stated: Mapping[str, str]) -> dict[str, Any]:
    is_person = stated.get("type", "person") == "person"
    made: dict[str, Any] = {"@type": "sc:Person" if is_person else "sc:Organization"}
    if orcid := stated.get("orcid"):
        made |= {"@id": ORCID + orcid, "identifier": ORCID + orcid}
    made |= {name: stated[name] for name in ("name", "email", "url") if name in stated}
    if "affiliation" in stated:
        made["affiliation"] = {"@type": "sc:Organization", "name": stated["affiliation"]}
    return made


def _party(author: Mapping[str, str]) -> dict[str, str]:
    named = {"@type": "sc:Organization", "name": author.get("name", author.get("email", ""))}
    return named | ({"email": author["email"]} if "email" in author else {})


def declared(facts: Facts) -> dict[str, Any]:
    """Return the members that the configuration asks for beside the others: usage, origin, statistics of columns."""
    stated = facts.config.croissant
    made: dict[str, Any] = {}
    if "usage" in stated:
        made["usageInfo"] = [_usage(each) for each in stated["usage"]]
    if "synthetic" in stated:
        made["rai:hasSyntheticData"] = stated["synthetic"]
    if "derived_from" in stated:
        made["prov:wasDerivedFrom"] = [_origin(each) for each in stated["derived_from"]]
    return made


def _usage(stated: Mapping[str, str]) -> dict[str, str]:
    """Return a condition of use as a defined term (Croissant 1.1, "Data Use Conditions")."""
    words = {"name": "name", "code": "termCode", "url": "url", "description": "description"}
    return {"@type": "sc:DefinedTerm"} | {term: stated[word] for word, term in words.items() if word in stated}


def _origin(stated: str) -> dict[str, str]:
    if "://" in stated:
        return {"@id": stated, "@type": "prov:Entity"}
    return {"@type": "prov:Entity", "prov:label": stated}


def missing_for_rai(config: Config) -> Iterator[Finding]:
    """Yield what NeurIPS asks for and nobody says, by question of the datasheet.

    Raises:
        SetupError: the datasheet can't be read.
    """
    file = config.datasheet or "DATASHEET.md"
    text = datasheet.read(config.project, file) if config.datasheet else ""
    told = datasheet.said_for_rai(text)
    asked = {question.rai: question for question in datasheet.questions() if question.rai}
    for term in NEEDED:
        if term not in told:
            question = asked[term]
            hint = f"answer it below the heading with <!-- question:{question.id} -->, or mark prose as rai:{term}"
            yield Finding(file, None, "$", "stale", f"rai:{term}: no answer to: {question.asks}", hint=hint)
    for name, words in DECLARED.items():
        if name not in config.croissant:
            message, _, mend = words.rpartition(": ")
            yield Finding("pyproject.toml", None, "$", "stale", message, hint=f"{mend} to {SECTION}")


def check_creators(config: Config) -> None:
    """Check the ORCIDs of creators.

    Raises:
        SetupError: one isn't what its last digit says (ISO 7064, MOD 11-2).
    """
    for creator in config.croissant.get("creators", ()):
        orcid = creator.get("orcid", "")
        total = 0
        for digit in orcid.replace("-", "")[:-1]:
            total = (total + int(digit)) * 2
        check = (12 - total % 11) % 11
        if orcid and orcid[-1] != ("X" if check == 10 else str(check)):
            raise SetupError(f"pyproject.toml: {SECTION} creators: {orcid} is no ORCID: a digit of it is wrong")
