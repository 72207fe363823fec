"""Markdown as plain text: what marks something is gone, what is said stays."""

from __future__ import annotations

import pytest

from dataset_packager.documents.plain_text import plain_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**bold** and *so on*, __both__ ***at once***", "bold and so on, both at once"),
        ("*a **b** c*", "a b c"),
        ("a `co*d*e` b_c_d 2 * 3 * 4 *a", "a co*d*e b_c_d 2 * 3 * 4 *a"),
        ("``a ` b`` and ` alone", "a ` b and ` alone"),
        ("see [the *paper*](https://a.example/x_(y)_z \"title\").", "see the paper (https://a.example/x_(y)_z)."),
        ("[limits](LIMITS.md#here), ![a plot](p.png)", "limits, a plot"),
        ("[https://a.example](https://a.example) <https://b.example/_x_> <a@b.example>",
         "https://a.example https://b.example/_x_ a@b.example"),
        ("[as said][Ref] and [not][nowhere]\n\n[ref]: https://a.example/r",
         "as said (https://a.example/r) and [not][nowhere]"),
        ("[[1]](#n) [x] (y) [a]", "[1] [x] (y) [a]"),
        ("[`f`](<a b.md>) [in [brackets]](c)", "f in [brackets]"),
        (r"\*not\* \[so\](x) 3\~4 C:\dir", r"*not* [so](x) 3~4 C:\dir"),
        ("~~gone~~ ~5", "gone ~5"),
        ("## Head\n\n- one\n- *two*\n\n> three\n\n| a |\n|---|\n```\nx\n```", "Head one two three x"),
        ("<!-- later -->a<!-- b -->c\n", "ac"),
        ("snake_case_name and _stress_, __init__.py", "snake_case_name and stress, init.py"),
        ("über_*äh*_ a*b*c", "über_äh_ abc"),
        ("a<br/>b <b class='x'>c</b> &lt;d&gt; `&lt;<i>` 1 < 2 <- 3", "ab c <d> &lt;<i> 1 < 2 <- 3"),
        ("Head\n====\nbody\n\n---\n* * *\nend\\\nof it", "Head body end of it"),
        ("", ""),
    ],
)  # fmt: skip
def test_marks_are_gone_and_words_stay(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text
