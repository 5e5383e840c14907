"""Why a document waits or did not leave, or a folder is not what it should be: each with a sentence
in locales/*/drop.toml."""

from __future__ import annotations

from enum import StrEnum

from store.model.drop import (
    COMPANION_BAD,
    NOT_IN_PDF,
    PATIENTS_DIFFER,
    PDF_TOO_SLOW,
    SIDECAR_BAD,
    UNDECIDED,
)


class Reason(StrEnum):
    """Its code."""

    SETTLING = "drop.settling"
    OPEN = "drop.open"
    EMPTY = "drop.empty"
    TRUNCATED = "drop.truncated"
    UNREADABLE = "drop.unreadable"
    STUCK = "drop.stuck"
    DIRECTORY = "drop.directory"
    SYMLINK = "drop.symlink"
    SPECIAL = "drop.special"
    HARD_LINK = "drop.hard_link"
    PRIVATE = "drop.private"
    NAME_UNSAFE = "drop.name_unsafe"
    TOO_LARGE = "drop.too_large"
    NOT_PDF = "drop.not_pdf"
    SAME_CONTENT = "drop.same_content"
    MAYBE_SENT = "drop.maybe_sent"  # by the store that ours is a copy of
    NO_RECIPIENT = "drop.no_recipient_found"
    """No source of the rule names anybody."""
    NAME_MISSED = "drop.name_missed"
    """The file's name is not as the rule says, and nothing else says what it was to say."""
    UNKNOWN_DOCTOR = "drop.unknown_doctor"
    """A source names somebody whom no address is known for."""
    SEVERAL_DOCTORS = "drop.several_doctors"
    SIDECAR_BAD = SIDECAR_BAD
    COMPANION_BAD = COMPANION_BAD
    DESTINATIONS = "drop.destinations"
    """It asks for the patient or the DMP to have it, which a rule does not do."""
    LACKS = "drop.lacks"
    """What a health document must say, nobody has said, or something stands against it; the row
    says what."""
    PATIENTS_DIFFER = PATIENTS_DIFFER
    """The wrong-patient guard (identity.py)."""
    NOT_IN_PDF = NOT_IN_PDF
    PDF_TOO_SLOW = PDF_TOO_SLOW
    """Its words were not read in time, and compared with nothing."""
    UNFINISHED = "drop.unfinished"
    """Its name says that another program is not done with it; said by `pli drop test` alone."""
    LEFT_BEHIND = "drop.left_behind"
    """Part of a dispatch whose other files are gone."""
    INCOMPLETE = "drop.incomplete"
    """Its companion, or the file that says it is finished, has not come."""
    NO_DOCUMENT = "drop.no_document"
    """Companions, and nothing they belong to."""
    TOO_MANY_FILES = "drop.too_many_files"
    NESTED = "drop.nested"
    LOOSE = "drop.loose"
    """A file beside the subfolders of a rule that takes subfolders."""
    WRONG_WRITER = "drop.wrong_writer"
    CHANGED_SINCE = "drop.changed_since"
    """A held document is no longer the one that was held."""
    UNDECIDED = UNDECIDED
    RATE = "drop.rate"
    SILENT = "drop.silent"
    """Nothing comes, in hours when something should."""
    NO_RESULTS = "drop.no_results"
    """The folder for receipts cannot be written."""
    RESULTS_WATCHED = "drop.results_watched"
    """It lies in a folder that a rule watches: they would leave from there."""
    SERVER_REFUSED = "drop.server_refused"
    PARTLY_REFUSED = "drop.partly_refused"
    PARTLY_SENT = "drop.partly_sent"
    """Of several letters, or a letter and the DMP's set, not all left."""
    CANCELED = "drop.canceled"
    NOT_BUILT = "drop.not_built"
    NO_WAY = "drop.no_way"
    """The guard knows no secure way to a recipient of the rule."""
    SEVERAL_WAYS = "drop.several_ways"
    NO_KEY = "drop.no_key"
    """Its letters are to be signed, and no key of the account can."""
    NOT_SEALED = "drop.not_sealed"
    """What seals did not: it may yet, once the program or the key is mended."""
