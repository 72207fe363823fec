"""The screenshots that the README shows: `make report-shots`, with a Chromium on PATH. Look at them before committing.

They are made from a built report; the pictures on the dataset's card are not: those come from the charting library.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright


@dataclass(frozen=True, slots=True)
class Shot:
    """One screenshot: its file's name, the fragment that it shows, and the window's size and colours."""

    name: str
    fragment: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"


CHOSEN = "find-overview?q=Putin&voice=attributed"
SHOTS = (
    Shot("report-light", "", 1200, 860),
    Shot("report-dark", "", 1200, 860, "dark"),
    Shot("accounts-light", "accounts-kharkiv-counteroffensive-2022", 1200, 1000),
    Shot("accounts-dark", "accounts-kharkiv-counteroffensive-2022", 1200, 1000, "dark"),
    Shot("claims-light", CHOSEN, 1200, 760),
    Shot("claims-dark", CHOSEN, 1200, 760, "dark"),
)


def shoot(browser: Browser, report: Path, shot: Shot, folder: Path) -> None:
    """Write one screenshot as PNG."""
    context = browser.new_context(viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme)
    page = context.new_page()
    page.goto(f"{report.resolve().as_uri()}#{shot.fragment}")
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()


def main(report: str, folder: str) -> int:
    """Write all screenshots of a report into a folder."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("no chromium on PATH: install it (apt-get install chromium) and run this again\n")
        return 3
    Path(folder).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for shot in SHOTS:
            shoot(browser, Path(report), shot, Path(folder))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
