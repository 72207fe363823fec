"""Writing beside reading: the next records are read and judged while a thread writes those before them.

It pays where a core has nothing else to do, as for the last chunk; where all have, it costs some time.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dataset_packager.engines import cores

if TYPE_CHECKING:
    from collections.abc import Callable


class WriterThread:
    """Does one piece of work at a time, beside whoever gives it: so that no more than that waits in memory."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def run(self, work: Callable[[], None]) -> None:
        """Do ``work`` once what was given before is done; at once where no core is left or no thread is allowed.

        Raises:
            BaseException: what the work before it has raised.
        """
        self.wait()
        if not cores.take():
            work()
            return
        thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more of them are allowed
            cores.give_back()
            work()
        else:
            self._thread = thread

    def wait(self) -> None:
        """Wait until what was given is done.

        Raises:
            BaseException: what it has raised; once.
        """
        self.settle()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def settle(self) -> None:
        """Wait until nothing is being done, whatever comes of it."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - whoever gave the work raises it
            self._error = error
        finally:
            cores.give_back()
