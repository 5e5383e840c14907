"""What lies in a watched folder, and in its subfolders where a rule takes those."""

from __future__ import annotations

import os

from store.model.drop import DropRule
from store.model.drop_options import Grouping
from sync.drop import conditions, files, names
from sync.drop.files import Root
from sync.drop.plan import Entry, Kind
from sync.drop.reasons import Reason
from sync.drop.report import Tally

Listing = tuple[list[Entry], dict[bytes, list[Entry]]]
"""The folder's own entries, and those of each subfolder that is looked into."""


def list_folder(root: Root, rule: DropRule, tally: Tally) -> Listing:
    """What lies in the folder, but for what must never leave: that stays where it is."""
    found = files.listing(root.folder)
    conditions.check_count(found, rule)
    marker = os.fsencode(rule.options.marker)
    ours = [each for each in found if not root.is_private(each) and each.name != marker]
    inside: dict[bytes, list[Entry]] = {}
    if rule.options.grouping is Grouping.FOLDER:
        for each in ours:
            hidden = each.name.startswith(b".") or each.name in (names.SENT, names.FAILED)
            if each.kind is Kind.DIRECTORY and not hidden:
                found_in = _inside(root, each)
                tally.remark = Reason.STUCK if found_in is None else tally.remark
                inside[each.name] = found_in or []
    private = [name for name, entries in inside.items() if any(map(root.is_private, entries))]
    if private or len(ours) < len(found) - (marker in [each.name for each in found]):
        tally.remark = tally.remark or Reason.PRIVATE
    return (
        [each for each in ours if each.name not in private],
        {name: entries for name, entries in inside.items() if name not in private},
    )


def _inside(root: Root, folder: Entry) -> list[Entry] | None:
    """What lies in a subfolder; None when it may not be looked into."""
    try:
        within = files.subfolder(root.folder, folder)
    except PermissionError:
        return None
    except OSError:
        return []  # gone, or something else by now
    try:
        return files.listing(within)
    finally:
        os.close(within)
