"""What the safety score of a user's picture does to it (mlcore/safety.py; docs/moderation.md)."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings

BLOCKED_REASON = (
    "this picture seems to show nudity and cannot be used here; moderators look at such pictures and put mistakes right"
)


class Blocked(Exception):
    """A picture to search with that seems to show nudity."""


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  # no password
    HOLD = "hold"
    """Its owner may use it; moderators are asked to look at it."""
    BLOCK = "block"
    """Nobody but moderators sees it, and it is not described."""


def verdict(score: float | None, *, let_through: bool = False) -> Verdict:
    """`score`: how surely it shows nudity, 0..1; None for what is not asked, a shop's. `let_through`: it was described
    before, or a moderator has looked at it since: it is not blocked a second time."""
    if score is None or score < settings.SAFETY_HOLD:
        return Verdict.PASS
    if score < settings.SAFETY_BLOCK or let_through:
        return Verdict.HOLD
    return Verdict.BLOCK
