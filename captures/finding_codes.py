"""The codes of this dataset's own findings, beside those that the packager gives."""

from dataset_packager.base.finding_codes import FindingCode, registry

CODES = registry(
    (
        FindingCode(
            "locator", "A locator that doesn't hold", "It leads to other words, out of its segment, or nowhere."
        ),
        FindingCode(
            "coverage", "Left out", "A sentence, quotation or number of the text that no row touches, unlisted."
        ),
        FindingCode(
            "copied-words", "Borrowed words", "Seven words in a row of a column in own words stand in a capture."
        ),
        FindingCode(
            "figure-value", "Not what the span prints", "A figure's number, unit or date differs from its words."
        ),
        FindingCode(
            "si-value", "Another SI value", "The value in SI units isn't that of the bounds and the unit code."
        ),
        FindingCode("basis", "A value without its basis", "It doesn't say what it rests on, or it isn't printed."),
        FindingCode("circle", "Part of itself", "A row is, through its parents, part of itself."),
        FindingCode("damage", "Damage told wrongly", "What is marked as damaged isn't what the changes touch."),
        FindingCode("gazetteer", "Not in the gazetteer", "It has no such entry, or other coordinates for it."),
        FindingCode(
            "pair", "Not read side by side", "Rows that share something are neither linked nor judged unrelated."
        ),
        FindingCode(
            "parent-span", "Outside its parent", "The words of a reported speech don't lie in those that report it."
        ),
        FindingCode(
            "role", "Another role", "A figure is called part of what a claim says, or isn't, against where it lies."
        ),
        FindingCode(
            "statement", "Not the statement that was read", "It changed since a reader compared it with its spans."
        ),
    )
)
