"""A walk through every screen: the octets each took, and what a terminal made of them."""

from __future__ import annotations

from tests.tui.terminal import Cells, Terminal

STAGES = (
    *("list", "alerts", "HTML", "letter", "health", "values", "patient", "document", "saving"),
    *(
        "moving",
        "source",
        "piping",
        "composer",
        "templates",
        "finding",
        "labelling",
        "threads",
        "search",
    ),
    *("outbox", "report", "drop", "directory", "person", "accounts", "activity", "works"),
)
DOWN, PAGE, BACK, SHIFT_TAB, F2, F3, F6 = (
    *("\x1b[B", "\x1b[6~", "\x1b", "\x1b[Z", "\x1bOQ", "\x1bOR", "\x1b[17~"),
)


def walk(terminal: Terminal) -> dict[str, tuple[bytes, Cells]]:
    """Show every screen, from the list of a hostile store."""
    seen: dict[str, tuple[bytes, Cells]] = {}

    def note(stage: str, *keys: str) -> None:
        octets = b"".join(terminal.press(key) for key in keys)
        seen[stage] = (octets, terminal.cells)

    terminal.wait_for("sujet")
    terminal.settle()
    seen["list"] = (terminal.octets, terminal.cells)
    note("alerts", "!", DOWN)
    terminal.press(BACK)
    # The newest is the letter in HTML, then the one with every trick in each of its words.
    note("HTML", "\r", PAGE)
    note("letter", "J", PAGE)
    note("health", "L", DOWN)
    note("values", "n", "\r")
    note("patient", "I", DOWN)
    # Shift+Tab goes from the text to the documents above it.
    note("document", BACK, BACK, BACK, SHIFT_TAB, "\r")
    note("saving", BACK, "s")
    note("moving", BACK, "m")
    note("source", BACK, "H", "H")
    note("piping", BACK, "|", "nowhere\r")
    note("composer", BACK, "R")
    note("templates", F2)
    # In the letter, `/` looks for something in it.
    note("finding", BACK, BACK, "/", "sujet\r")
    note("labelling", BACK, "l")
    note("threads", BACK, "T", "\x1b[C", " ")
    note("search", "T", "/", "sujet\r")
    note("outbox", "o")
    note("report", DOWN, DOWN)
    note("drop", "D", DOWN)
    note("directory", "a", "mull")
    note("person", DOWN)
    note("accounts", "A", DOWN)
    note("activity", BACK, F3, DOWN)
    note("works", F6, DOWN)
    return seen
