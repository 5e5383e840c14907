"""Documents on our disk: what may be written there, what looks odd, what can be attached."""

from __future__ import annotations

import mimetypes
import os
import re
import stat
import unicodedata
from pathlib import Path

from store.errors import Usage

MOST_CHARACTERS = 120
MOST_OCTETS = 25 * 1024 * 1024
"""Of one document to attach: what operators accept of a whole letter."""
NOT_A_NAME = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f]')
PROGRAM = re.compile(
    r"\.(bat|cmd|com|cpl|desktop|exe|hta|jar|js|jse|lnk|msi|ps1|py|scr|sh|vbe|vbs|wsf)$", re.I
)
DOUBLE = re.compile(r"\.[a-z]{2,5}\s*\.[a-z0-9]{1,5}$", re.I)
USUAL_DOUBLES = (".tar.gz", ".tar.xz", ".tar.bz2", ".xml.gz", ".nii.gz")


def safe_name(name: str, number: str) -> str:
    """A file name fit for our disk, made of the sender's: no path, no leading dot or dash, NFC.

    `number` is the part's section, for a part whose name leaves nothing.
    """
    words = unicodedata.normalize("NFC", name)
    words = "".join("_" if unicodedata.category(c) in ("Cf", "Cc", "Cs") else c for c in words)
    words = NOT_A_NAME.sub("_", words).strip().lstrip(".-_ ").rstrip(". ")
    if len(words) > MOST_CHARACTERS:
        stem, dot, ending = words.rpartition(".")
        keep = f"{dot}{ending}" if dot and len(ending) <= 8 else ""
        words = (stem if keep else words)[: MOST_CHARACTERS - len(keep)] + keep
    # ext4 and most others count octets: 255 of them.
    while len(words.encode()) > 240:
        words = words[1:].lstrip(".-_ ")
    return words or f"piece-{number.replace('.', '-')}"


def is_odd(name: str) -> bool:
    """True for a program, and for a name with two endings: `résultats.pdf.exe`."""
    if PROGRAM.search(name):
        return True
    return bool(DOUBLE.search(name)) and not name.lower().endswith(USUAL_DOUBLES)


def save_new(path: Path, octets: bytes) -> None:
    """Write a file that did not exist, for its owner only. Nothing is ever overwritten.

    Raises:
        Usage: `tui.save.exists`, `tui.save.no_folder`, `tui.save.failed`.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise Usage("tui.save.exists", path=str(path)) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Usage("tui.save.no_folder", path=str(path.parent)) from error
    except (OSError, ValueError) as error:
        raise Usage("tui.save.failed", path=str(path)) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Usage("tui.save.failed", path=str(path)) from error


def read_document(words: str) -> tuple[str, str, bytes]:
    """The name, media type and octets of a document on our disk.

    Raises:
        Usage: `tui.attach.missing`, `tui.attach.too_large`.
    """
    try:
        path = Path(words).expanduser()
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise Usage("tui.attach.missing", path=words)
        if facts.st_size > MOST_OCTETS:
            raise Usage("tui.attach.too_large", most_mb=MOST_OCTETS // 2**20)
        octets = path.read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        raise Usage("tui.attach.missing", path=words) from error
    return path.name, mimetypes.guess_type(path.name)[0] or "application/octet-stream", octets
