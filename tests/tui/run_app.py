"""The screen in a process of its own, for tests that look at the octets a terminal is sent.

`python -m tests.tui.run_app HOME KEY_FILE [MINUTE_SECONDS]`; no node is started, and the minutes
that lock may be short.
"""

from __future__ import annotations

import sys
from pathlib import Path

from store.host.keys import unlock
from store.host.log import to_file
from store.host.paths import Home
from tui import opening
from tui.app import PliApp


def main() -> None:
    """Run it."""
    home = Home(Path(sys.argv[1]))
    opening.MINUTE_SECONDS = float((*sys.argv, 60)[3])
    to_file(home)
    app = PliApp(home, unlock(home, key_file=Path(sys.argv[2])))
    app.run()
    if app.failure is not None:
        sys.exit(str(app.failure))


if __name__ == "__main__":
    main()
