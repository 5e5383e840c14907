"""The few sequences that we write to the terminal ourselves; everything else is Textual's.

None of them ever holds a word from outside: what is shown by a terminal's own notice is one of our
sentences, and a number.
"""

from __future__ import annotations

from tui.guard import NEVER
from tui.plain import Plain

FORGET = "\x1b[?1049l\x1b[H\x1b[2J\x1b[3J\x1b[?1049h\x1b[2J\x1b]0;\x07"
"""Leave the alternate screen, clear the other one and what has scrolled off it (xterm's ED 3), come
back to an empty one, and no title. Between the two nothing of ours is drawn."""
FORGET_AT_END = "\x1b[H\x1b[2J\x1b[3J\x1b]0;\x07"
"""The same once the alternate screen has been left for good."""
BELL = "\x07"


def notice(sign: str, words: Plain, *, in_tmux: bool = False) -> str:
    """What makes a terminal show a notice: OSC 9 (iTerm2, ConEmu), OSC 777 (urxvt, foot, VTE).

    tmux keeps to itself what it does not know, unless it is told that it is for the terminal around
    it, and lets that through where `allow-passthrough` is on (tmux(1)).
    """
    safe = NEVER.sub(" ", words).replace(";", ",")
    codes = {"osc9": f"\x1b]9;{safe}\x07", "osc777": f"\x1b]777;notify;Pli;{safe}\x07"}
    code = codes.get(sign, "")
    if code and in_tmux:
        doubled = code.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return code
