"""What somebody might write to a terminal through a letter: a table of them.

Every sequence carries MARK or the numbers 66;6, by which what reached a terminal is found.
"""

from __future__ import annotations

MARK = "PWNED"
ESC, ST, BEL = "\x1b", "\x1b\\", "\x07"
SEQUENCES = {
    "full reset": "\x1bc\x1b7\x1b[!p",
    "csi clear": "\x1b[2J\x1b[3J\x1b[66;6H",
    "csi colour": "\x1b[66;6m",
    "csi hidden": "\x1b[8;66;6minvisible",
    "csi scroll region": "\x1b[66;6r\x1b[66;6S",
    "csi insert": "\x1b[66;6@\x1b[66;6P\x1b[66;6L",
    "csi resize": "\x1b[8;66;6t",
    "csi title report": "\x1b[21t\x1b[66;6t",
    "csi device": "\x1b[6n\x1b[>c\x1b[66;6n",
    "alternate screen": "\x1b[?1049l\x1b[?66;6h",
    "paste brackets": f"\x1b[200~{MARK}\r\x1b[201~",
    "mouse on": "\x1b[?1003;66;6h",
    "print it": f"\x1b[5i{MARK}\x1b[4i",
    "charset": f"\x1b(0{MARK}\x1b)B\x0e\x0f",
    "osc title": f"\x1b]0;{MARK}\x07",
    "osc icon": f"\x1b]2;{MARK}\x1b\\\x1bk{MARK}\x1b\\",
    "osc palette": "\x1b]4;66;6;rgb:ff/00/00\x07\x1b]10;?\x07",
    "osc 7 directory": f"\x1b]7;file://{MARK}/\x07",
    "osc 8 link": f"\x1b]8;;https://{MARK}.example\x1b\\ici\x1b]8;;\x1b\\",
    "osc 9 notice": f"\x1b]9;{MARK}\x07",
    "osc 52 clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "osc 52 asked": "\x1b]52;c;?\x07",
    "osc 133 prompt": f"\x1b]133;A;{MARK}\x07",
    "osc 777 notice": f"\x1b]777;notify;{MARK};{MARK}\x07",
    "osc 1337 file": f"\x1b]1337;File=name={MARK};inline=1:UFdORUQ=\x07",
    "dcs": f"\x1bP1;{MARK}\x1b\\",
    "decrqss": f"\x1bP$q{MARK}\x1b\\\x1bP+q{MARK}\x1b\\",
    "decudk": f"\x1bP0;1|17/{MARK}\x1b\\",
    "sixel": f"\x1bPq#0;2;66;6;0#0~~@@{MARK}\x1b\\",
    "kitty picture": f"\x1b_Ga=T,f=24,s=1,v=1;{MARK}\x1b\\",
    "tmux passthrough": f"\x1bPtmux;\x1b\x1b]0;{MARK}\x07\x1b\\",
    "apc": f"\x1b_{MARK}\x1b\\",
    "pm": f"\x1b^{MARK}\x1b\\",
    "sos": f"\x1bX{MARK}\x1b\\",
    "unended": f"\x1b]0;{MARK}",
    "c1 csi": "\x9b66;6m\x9d0;PWNED\x9c",
    "c1 dcs": f"\x90q{MARK}\x9c\x9f{MARK}\x9c\x9e{MARK}\x9c\x98{MARK}\x9c",
    "c1 moves": "\x84\x85\x88\x8d\x8e\x8f\x9a",
    "8-bit in utf-7": "+AJs-66;6m \\x1b[66;6m ^[[66;6m &#27;[66;6m",
}
"""What a terminal would act upon."""
CHARACTERS = {
    "nul bel": "\x00\x07\x08\x0c\x7f\x05",
    "overwritten": "virement\x08\x08\x08\x08\x08\x08\x08\x08PWNED\rPWNED",
    "line breaks": "un\ndeux\r\ntrois\x0b\x0c\x85\u2028\u2029quatre",
    "rlo": "\u202efdp.exe\u2066",
    "bidi marks": "a\u200e\u200f\u061c\u2067b\u2068c\u2069\u202ad\u202c",
    "zero width": "a\u200bb\u200d\ufeff\u2060c",
    "fillers": "a\u115f\u1160\u3164\uffa0\u2800\u00ad\u180eb",
    "tag characters": "a\U000e0001\U000e0050\U000e0057\U000e007fb",
    "variation": "a\ufe0f\ufe00\U000e0100b",
    "noncharacters": "a\ufffe\uffff\ufdd0\ufff9b",
    "surrogate": "\ud83d\udc00",
    "zalgo": "z" + "\u0300" * 200,
    "marks of every kind": "q" + "\u0301\u20d0\ufe20\u1dc0\u0489" * 20,
    "wide": "日本語👩\u200d⚕\ufe0f",
    "markup": "[/nope] [",
    "markup action": "[@click=app.quit]x[/]",
    "markup style": "[bold red]gras[/bold red][link=https://x]",
}
"""What a person would be fooled by, or a widget fall over."""
PAYLOADS = SEQUENCES | CHARACTERS
STORED = {name: words for name, words in PAYLOADS.items() if name != "surrogate"}
"""SQLite takes no half of a character."""
ALL = " ".join(STORED.values())
