"""Bare `pli`: the screen, on the store that the command line names."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from store.errors import Locked, Usage
from store.host.apart import begin
from store.host.invocation import Invocation
from store.host.keys import DataKey
from store.host.log import to_file
from store.host.memory import keep_memory_private


def run(invocation: Invocation) -> int:
    """Show the screen until the person leaves. Returns the exit code.

    The passphrase is asked for on the screen, unless a key file or a pipe already opens the store.

    Raises:
        Usage: `store.no_home`, `tui.no_terminal`.
        Locked: the key given does not open the store.
    """
    home = invocation.chosen_home()
    home.must_exist()
    home.check()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Usage("tui.no_terminal")
    given = _given_key(invocation)
    keep_memory_private()
    to_file(home)
    # Read by Textual when it is imported: a smooth scroll is a hundred repaints for one.
    os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    _load_no_tls()
    from tui.app import PliApp
    from tui.settings import read_kind

    settings, wrong = read_kind(home)
    key = given()
    app = PliApp(home, key, starts_node=True, settings=settings)
    app.remark = wrong
    outcome = app.run(mouse=settings.mouse)
    if app.forgets:
        forget()
    drop_what_nobody_hears()
    if app.failure is not None:
        raise app.failure
    return outcome or 0


def forget() -> None:
    """Clear what scrolled off the terminal; it may be gone already."""
    from tui.terminal_codes import FORGET_AT_END

    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), FORGET_AT_END.encode())


def drop_what_nobody_hears() -> None:
    """Let words for a terminal that is gone be lost: Python 3.13.5 would try again when it ends,
    and end with 120 (2026-11, `test_a_line_that_is_cut_keeps_the_draft_and_ends_everything`)."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def run_flat(invocation: Invocation) -> int:
    """`pli --flat`: line after line, over a pipe too. Returns the exit code.

    Raises:
        Usage: `store.no_home`.  Locked: as `Invocation.unlock`.
    """
    home = invocation.chosen_home()
    home.must_exist()
    home.check()
    key = invocation.unlock()
    keep_memory_private()
    to_file(home)
    from tui.commands.flat.begin import run_flat as talk

    return talk(home, key)


def _load_no_tls() -> None:
    """The screen opens no line: asyncio does without `ssl`, as it may, and the start is quicker."""
    sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]


def _given_key(invocation: Invocation) -> Callable[[], DataKey | None]:
    """What waits for the key that options or the environment open, in a process that has begun;
    it gives None when a person is to be asked."""
    from store.host.keys import opens_with_passphrase

    if invocation.key_fd is not None or invocation.opened is not None:
        return invocation.unlock
    if invocation.chosen_key_file() is not None or invocation.chosen_passphrase() is not None:
        invocation.keep_what_opens()
        return begin(invocation.unlock)
    if not opens_with_passphrase(invocation.chosen_home()):
        raise Locked("key.nothing_given")
    return lambda: None
