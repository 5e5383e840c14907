"""The process that reads one PDF and can harm nobody by it. A program, run by pdf_text.py.

A PDF is a program written by a stranger, and PDFium is a million lines of C++. So this process
gives up, before it looks at the first octet, all it would need to do anything but compute: new
files and sockets, new processes, memory and time beyond a limit. What is left is the pipe in and
the pipe out. It imports nothing of ours and starts with `python -I`.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import resource
import signal
import sys

READ, ENCRYPTED, UNREADABLE = 0, 3, 4
"""Exit codes; any other is a crash."""
MOST_MEMORY = 768 * 1024 * 1024
WRONG_PASSWORD = 4
"""FPDF_ERR_PASSWORD, fpdfview.h."""
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
LINE_HYPHENS = {"\x02": "-", "\ufffe": "-"}
"""How PDFium writes the hyphen of a word that was cut at the end of a line."""


def give_up_everything(cpu_seconds: int) -> None:
    """Keep only what is open, and the right to compute. There is no way back."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        # No descriptor is below 0, so none can be opened: no file, no socket, no pipe.
        resource.RLIMIT_NOFILE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def text_of(octets: bytes, most_characters: int) -> str:
    """The text of each page, a blank line between them."""
    import pypdfium2

    pages: list[str] = []
    left = most_characters
    document = pypdfium2.PdfDocument(octets)
    for number in range(len(document)):
        if left <= 0:
            break
        text = document[number].get_textpage().get_text_bounded().replace("\r\n", "\n")
        text = text.translate(str.maketrans(LINE_HYPHENS)).strip()
        pages.append(text[:left])
        left -= len(text) + 2
    return "\n\n".join(page for page in pages if page)


def main(most_characters: int, cpu_seconds: int) -> int:
    """Read a PDF from standard input, write its text to standard output. Returns the exit code."""
    import pypdfium2

    # Loaded now, for no file can be opened later.
    codecs.lookup("utf-16-le")
    give_up_everything(cpu_seconds)
    try:
        text = text_of(sys.stdin.buffer.read(), most_characters)
    except pypdfium2.PdfiumError as error:
        return ENCRYPTED if error.err_code == WRONG_PASSWORD else UNREADABLE
    except MemoryError:
        return UNREADABLE
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    return READ


if __name__ == "__main__":
    # Past this point there is nothing to tidy, and PDFium's own farewell could still crash.
    os._exit(main(int(sys.argv[1]), int(sys.argv[2])))
