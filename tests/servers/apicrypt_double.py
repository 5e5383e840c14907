"""A double of the vendor's closed program: called the same way, with a toy cipher. A program.

    python apicrypt_double.py seal|open -s SOURCE -o RESULT [-d RECIPIENT] [--mood MOOD]

It is strict where the real one is: a key directory must exist, a recipient must look like one.
"""

from __future__ import annotations

import argparse
import base64
import sys
import time
from pathlib import Path

MARK = b"$APICRYPT"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["seal", "open"])
    parser.add_argument("-s", dest="source", type=Path, required=True)
    parser.add_argument("-o", dest="result", type=Path, required=True)
    parser.add_argument("-d", dest="recipient", default="")
    parser.add_argument("--mood", default="good")
    given = parser.parse_args()
    octets = given.source.read_bytes()
    if given.mood == "refuses":
        print("clef inconnue: Mme Durand", file=sys.stderr)
        return 3
    if given.mood == "hangs":
        time.sleep(600)
    if given.mood == "nothing":
        return 0
    if given.mood == "links":
        given.result.symlink_to("/etc/passwd")
        return 0
    if given.what == "seal":
        if "@" not in given.recipient:
            return 4
        sealed = base64.b64encode(bytes(o ^ 0x5A for o in octets))
        lines = b"\r\n".join(sealed[i : i + 60] for i in range(0, len(sealed), 60))
        given.result.write_bytes(MARK + b" " + given.recipient.encode() + b"\r\n" + lines + b"\r\n")
        return 0
    head, _, rest = octets[octets.index(MARK) :].partition(b"\n")
    if not head.startswith(MARK):
        return 5
    given.result.write_bytes(bytes(o ^ 0x5A for o in base64.b64decode(b"".join(rest.split()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
