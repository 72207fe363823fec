"""What has been done and what hasn't, for whoever is told that a step failed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.findings import EnvironmentFailure, PackagerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.base.console import Reporter


@dataclass
class Journal:
    """The steps of a publication: those that are done, and those that are to be done, by name and in words."""

    repo: str
    pending: dict[str, str]
    reporter: Reporter
    done: list[str] = field(default_factory=list)

    def note(self, step: str, text: str) -> None:
        """Say that a step is done."""
        self.pending.pop(step, None)
        self.done.append(text)
        self.reporter.say(f"{self.repo}: {text}")

    def skip(self, step: str) -> None:
        """Take a step off the list: it isn't needed."""
        self.pending.pop(step, None)

    @contextmanager
    def step(self, name: str, came_about: Callable[[], bool] | None = None) -> Iterator[None]:
        """Do a step; if it fails, ask with ``came_about`` whether it came about all the same, and tell all that.

        Raises:
            PackagerError: the step's own, with the account of what has been done.
        """
        try:
            yield
        except PackagerError as error:
            raise type(error)(self._account(str(error), name, came_about)) from error
        except KeyboardInterrupt:
            raise EnvironmentFailure(self._account("interrupted", name, came_about)) from None

    def _account(self, reason: str, name: str, came_about: Callable[[], bool] | None) -> str:
        missing, doubt = dict(self.pending), ""
        if came_about is not None and name in missing:
            try:
                if came_about():
                    self.done.append(f"{missing.pop(name)} (it came about, though no answer said so)")
            except PackagerError:
                doubt = f"\nnot known: {missing.pop(name)}"
        done = "; ".join(self.done) or "nothing on the Hub"
        left = f"\nnot done: {'; '.join(missing.values())}" if missing else ""
        return f"{reason}\ndone: {done}{doubt}{left}\nthe same command, run again, goes on from there"
