"""The terminal, that may go away at any moment: a line that breaks must not hold the process.

Textual 8.2.8 writes to the terminal from a thread of its own. When the terminal is gone that thread
dies at its first word, its queue fills, and the application waits for it for ever, with the key of
the store in its memory (2026-11, tests/tui/test_locking.py). Here a word that cannot be written is
dropped, and the application is told.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from tui.hang_up import watch_for_the_end
from tui.keyboard import Ending, read_keys
from tui.painting import Paints


class Line(io.TextIOBase):
    """What the terminal is sent; nothing more once it is gone."""

    def __init__(self, file: TextIO, gone: Callable[[], object]) -> None:
        self._file, self._gone = file, gone
        self._is_there = True

    def write(self, text: str) -> int:
        """Write, unless nobody is there."""
        self._try(lambda: self._file.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush, unless nobody is there."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The terminal's."""
        return self._file.fileno()

    def _try(self, work: Callable[[], object]) -> None:
        if not self._is_there:
            return
        try:
            work()
        except OSError:
            self._is_there = False
            self._gone()


class TerminalDriver(LinuxDriver):
    """Textual's driver, on a line that can break."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Textual draws on stderr: `pli 2>errors.txt` would write letters to a file, in clear.
        assert sys.__stdout__ is not None
        line = Line(sys.__stdout__, self._gone)
        self._file = line  # type: ignore[assignment]
        self.exit_event: Ending = Ending()
        self._end_watch: Callable[[], None] | None = None

    def _gone(self) -> None:
        self._app.call_later(self._app.panic)

    def run_input_thread(self) -> None:
        """Read what is typed."""
        read_keys(self.fileno, self.exit_event, self.process_message)

    def close(self) -> None:
        """Let go of the terminal, for another program or for good."""
        self._end_the_watch()
        # Textual does not get so far where its last words to the terminal fail; and Python would
        # wait for ever for the thread that reads keys (2026-11, after a lock: 2 times of 6).
        self.exit_event.set()
        super().close()

    def _end_the_watch(self) -> None:
        """Once: what its descriptor was is by then something else's."""
        end, self._end_watch = self._end_watch, None
        if end is not None:
            end()

    def start_application_mode(self) -> None:
        """Take the terminal, the first time or again; whoever had it may have drawn on it."""
        self._end_the_watch()
        self._end_watch = watch_for_the_end(self.fileno, self._gone)
        if self.exit_event.is_set():  # by `close`: keys would not be read
            self.exit_event.clear()
        if isinstance(self._app, Paints):
            self._app.painting.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
