"""What must hold of a folder before anything in it is touched, by its rule: else the rule is down.

A share that is not mounted looks like an empty folder, and a folder that everybody may write in is
not the analyser's any more. Down is said in red; idle is not.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import replace

from store.errors import NeedsUser
from store.model.drop import DropRule
from store.model.drop_options import Limits
from sync.drop import files, names
from sync.drop.plan import Entry, Policy


def check(rule: DropRule, folder: int) -> None:
    """Refuse an open folder that is not what its rule says.

    Raises:
        NeedsUser: `drop.copied`; `drop.not_mounted`, its disk was mounted somewhere that is an
            empty directory now; `drop.marker_missing`, `drop.wrong_owner`, `drop.disk_low`,
            `drop.no_such_user`.
    """
    if rule.copied_at:
        raise NeedsUser("drop.copied", folder=rule.folder)
    if rule.mount and not os.path.ismount(rule.mount):
        raise NeedsUser("drop.not_mounted", folder=rule.folder)
    options, limits = rule.options, rule.options.limits
    if options.marker and not files.has(folder, os.fsencode(options.marker)):
        raise NeedsUser("drop.marker_missing", folder=rule.folder)
    facts = os.fstat(folder)
    wrong = (
        (limits.owner and facts.st_uid != user(limits.owner, rule))
        or (limits.group and facts.st_gid != _group(limits.group, rule))
        or (limits.mode >= 0 and stat.S_IMODE(facts.st_mode) != limits.mode)
    )
    if wrong:
        raise NeedsUser("drop.wrong_owner", folder=rule.folder)
    disk = os.fstatvfs(folder)
    if limits.free and disk.f_bavail * disk.f_frsize < limits.free:
        raise NeedsUser("drop.disk_low", folder=rule.folder)


def check_count(found: list[Entry], rule: DropRule) -> None:
    """Refuse a folder into which somebody has moved an archive.

    Raises:
        NeedsUser: `drop.too_many`.
    """
    most = rule.options.limits.most_waiting
    if most and sum(not names.is_litter(entry.name) for entry in found) > most:
        raise NeedsUser("drop.too_many", folder=rule.folder)


def policy_of(policy: Policy, rule: DropRule) -> Policy:
    """How patient we are, and what the rule allows.

    Raises:
        NeedsUser: `drop.no_such_user`.
    """
    limits: Limits = rule.options.limits
    writer = user(limits.writer, rule) if limits.writer else None
    return replace(policy, largest=min(policy.largest, limits.largest), writer=writer)


def user(name: str, rule: DropRule) -> int:
    """The number of a user, by name or by number."""
    return _number(name, rule, lambda: pwd.getpwnam(name).pw_uid)


def _group(name: str, rule: DropRule) -> int:
    return _number(name, rule, lambda: grp.getgrnam(name).gr_gid)


def _number(name: str, rule: DropRule, look_up: Callable[[], int]) -> int:
    if name.isdigit():
        return int(name)
    with contextlib.suppress(KeyError):
        return look_up()
    raise NeedsUser("drop.no_such_user", folder=rule.folder)
