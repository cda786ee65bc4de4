"""Users of a large installation, and what they have done. Runs with Django, as rows.py does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import numpy as np
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from benchmarks import crowd
from benchmarks.rows import source_of
from catalog.models import Photo
from recommendations.models import Event, Signal

TASTES: Final = 4  # styles that a user likes
TRUE_TO_TASTE: Final = 0.8  # of what a user does
LATELY_DAYS: Final = 60
SIGNALS: Final = {
    Signal.VIEW: 0.60,
    Signal.CLICK: 0.25,
    Signal.MORE: 0.06,
    Signal.LESS: 0.04,
    Signal.UNLIKE: 0.02,
    Signal.WRONG_COLOUR: 0.01,
    Signal.HIDE: 0.02,
}


def add_users(*, number: int, password: str) -> list[str]:
    """Users who have proved their addresses. Returns these."""
    users = [User.objects.create_user(f"user{place}@example.org", password) for place in range(number)]
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return [user.email for user in users]


def add_events(*, emails: Sequence[str], number: int, seed: int = 0) -> int:
    """So many signals of each user on photographs, most of them in a few styles. Returns how many there are in all."""
    rng = np.random.default_rng([seed, 9])
    now = timezone.now()
    everywhere = np.array(Photo.objects.order_by("pk").values_list("pk", flat=True))
    for user in User.objects.filter(email__in=emails):
        styles = rng.integers(crowd.STYLES, size=TASTES).tolist()
        liked = np.array([photo for style in styles for photo in _in_style(style)] or everywhere)
        is_true = rng.random(number) < TRUE_TO_TASTE
        chosen = np.where(is_true, rng.choice(liked, number), rng.choice(everywhere, number)).tolist()
        signals = rng.choice(list(SIGNALS), size=number, p=list(SIGNALS.values())).tolist()
        ages = sorted(rng.uniform(0, LATELY_DAYS, number).tolist(), reverse=True)
        Event.objects.bulk_create(
            Event(user=user, photo_id=photo, signal=signal, created_at=now - timedelta(days=age))
            for photo, signal, age in zip(chosen, signals, ages, strict=True)
        )
    return Event.objects.count()


def _in_style(style: int) -> list[int]:
    return list(Photo.objects.filter(source__startswith=source_of(style)).values_list("pk", flat=True))
