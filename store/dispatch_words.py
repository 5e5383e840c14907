"""What keeps a health document from leaving, or should be known of it, as sentences."""

from __future__ import annotations

from store.host.i18n import sentence


def dispatch_words(code: str, params: tuple[tuple[str, str], ...]) -> str:
    """One of them."""
    said = dict(params)
    if code == "dispatch.not_coded":
        said["why"] = sentence(f"dispatch.why.{said['why']}")
    return sentence(code, **said)
