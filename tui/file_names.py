"""Documents on our disk: what may be written there, what looks odd, what can be attached."""

from __future__ import annotations

import itertools
import mimetypes
import os
import re
import shlex
import stat
import unicodedata
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from store.errors import Usage

MOST_CHARACTERS = 120
MOST_LISTED, MOST_PASTED = 5000, 10_000
"""Names of one folder, characters of what is pasted, that are looked at."""
MOST_OCTETS = 25 * 1024 * 1024
"""Of one document to attach: what operators accept of a whole letter."""
ADDRESS = re.compile(r"file:(?://(?:localhost)?)?(?=/)")
BLANKS = " \t\r\n\ufeff\u200b\u200e\u202a\u202c"
"""Around a path; other programs copy it with signs that nobody sees."""
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
        Usage: `tui.attach.missing`, `tui.attach.folder`, `tui.attach.document_too_large`.
    """
    try:
        path = _as_written(Path(words).expanduser())
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise Usage("tui.attach.folder", path=_shown(words))
        if not stat.S_ISREG(facts.st_mode):
            raise Usage("tui.attach.missing", path=_shown(words))
        if facts.st_size > MOST_OCTETS:
            most_mb = MOST_OCTETS // 2**20
            raise Usage("tui.attach.document_too_large", path=_shown(words), most_mb=most_mb)
        octets = path.read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        raise Usage("tui.attach.missing", path=_shown(words)) from error
    name = unicodedata.normalize("NFC", _shown(path.name))
    return name, mimetypes.guess_type(path.name)[0] or "application/octet-stream", octets


def _shown(path: str) -> str:
    """A path in words: a disk may hold names of another time, in Windows-1252."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path).decode("cp1252", errors="replace")
    return path


def _as_written(path: Path) -> Path:
    """The path, with its accents as the disk has them: macOS takes them apart, and a disk may hold
    names of another time."""
    forms = (unicodedata.normalize(form, str(path)) for form in ("NFC", "NFD"))
    found = [each for each in (path, *map(Path, forms)) if each.exists()]
    if found or path.name.isascii() or not path.parent.is_dir():
        return found[0] if found else path
    names = itertools.islice(os.listdir(path.parent), MOST_LISTED)
    return next((path.parent / name for name in names if path.name in _ways_to_show(name)), path)


def _ways_to_show(name: str) -> tuple[str, str]:
    """As we do, and as a terminal gives it that reads UTF-8 alone."""
    return _shown(name), os.fsencode(name).decode("utf-8", errors="replace")


class Completed(NamedTuple):
    """A path as far as it goes without a doubt."""

    words: str
    choices: tuple[str, ...]
    """What may follow, where there are several."""
    found: bool
    """Whether there is anything of that name."""


def complete(words: str) -> Completed:
    """What the disk makes of the beginning of a path; hidden files only once their dot is typed."""
    folder, _, begun = words.rpartition("/")
    try:
        with os.scandir(Path(f"{folder}/" if "/" in words else ".").expanduser()) as entries:
            known = ((_shown(each.name), each) for each in itertools.islice(entries, MOST_LISTED))
            names = sorted(
                f"{name}/" if entry.is_dir() else name
                for name, entry in known
                if name.startswith(begun) and (begun or not name.startswith("."))
            )
    except (OSError, RuntimeError, ValueError):
        return Completed(words, (), found=False)
    if not names:
        return Completed(words, (), found=False)
    start = f"{folder}/" if "/" in words else ""
    return Completed(
        start + _shared(names[0], names[-1]), tuple(names) if len(names) > 1 else (), found=True
    )


def _shared(first: str, last: str) -> str:
    """What two names begin with, and so every name sorted between them."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(one for one, _ in pairs)


def named_paths(words: str) -> tuple[str, ...]:
    """The paths that somebody means: typed as they are, or pasted as `pasted_paths` knows them.

    Those that are not there are among them, so that they can be named.
    """
    paths = () if _is_document(words) else _split(words)
    are_paths = paths and all(path.startswith(("/", "~/")) for path in paths)
    return paths if are_paths else (words,)


def pasted_paths(text: str) -> tuple[str, ...]:
    """The paths that a pasted text is, one a line or between quotes; () when it is anything else.

    A file manager or a terminal gives them so when documents are dropped on it.
    """
    found = _split(text)
    return found if all(_is_document(path) for path in found) else ()


def _split(text: str) -> tuple[str, ...]:
    """The paths of a text that can only be paths, there or not; () for any other."""
    text = text.strip(BLANKS)
    if not text or len(text) > MOST_PASTED:
        return ()
    paths: list[str] = []
    for line in (line.strip(BLANKS) for line in text.split("\n")):
        if not line:
            continue
        if not line.startswith(("/", "~/", "file:/", "'/", '"/', "'file:/", '"file:/')):
            return ()
        if _is_document(line):  # a name may hold blanks that nobody quoted
            paths.append(line)
            continue
        try:
            paths += shlex.split(line)
        except ValueError:
            return ()
    return tuple(map(_path_of, paths))


def _path_of(word: str) -> str:
    """The path of an address (RFC 8089), its octets whatever they are; any other word as it is."""
    found = ADDRESS.match(word)
    return os.fsdecode(unquote_to_bytes(word[found.end() :])) if found else word


def _is_document(path: str) -> bool:
    try:
        return _as_written(Path(path).expanduser()).is_file()
    except (OSError, RuntimeError, ValueError):
        return False
