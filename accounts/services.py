"""What changes of a user."""

from __future__ import annotations

from accounts.models import User


def keep_history(user: User, *, keeps: bool) -> None:
    """Remember searches from now on, or no longer. What is there stays."""
    user.keeps_history = keeps
    user.save(update_fields=["keeps_history"])
