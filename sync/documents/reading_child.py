"""The process that reads one heavy letter and can harm nobody by it. A program, run by apart.py.

A zip of a few octets may hold hundreds of megabytes, and one sentence of a regular expression over
them stops every other duty. So a letter that is heavy is read here, with a limit to memory and to
time, and with nothing open but the pipe in and the pipe out (pdf_child.py).
"""

from __future__ import annotations

import codecs
import os
import sys

READ, UNREAD = 0, 4
"""Exit codes; any other is a crash."""
LATER = ("cp1252", "iso8859-15", "mac-roman", "cp850", "cp437", "utf-16", "utf-16-le", "utf-16-be")
"""Encodings that are loaded when they are met first: no file can be opened by then."""


def main(cpu_seconds: int) -> int:
    """Read a letter from standard input, write its documents to standard output."""
    from sync.documents import reading, reading_frames
    from sync.documents.pdf_child import give_up_everything

    for each in (*LATER, "iso8859-1", "utf-8-sig", "ascii", "idna"):
        codecs.lookup(each)
    given = sys.stdin.buffer.read()
    give_up_everything(cpu_seconds)
    try:
        letter = reading_frames.unpacked_letter(given)
        del given
        found = reading.read_letter(letter)
        sys.stdout.buffer.write(reading_frames.packed_documents(found))
        sys.stdout.buffer.flush()
    except MemoryError:
        return UNREAD
    return READ


if __name__ == "__main__":
    # -I leaves out the folder that Pli itself is in, where it is no installed package.
    sys.path.insert(0, sys.argv[2])
    os._exit(main(int(sys.argv[1])))
