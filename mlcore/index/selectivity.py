"""How much of what lies near a query passes a filter, as lately seen: it decides who applies the filter."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import Final

KEPT_S: Final = 300.0  # what is in the collection changes
MOST: Final = 1_000  # filters
NARROW: Final = 0.03  # of the hits; below it a page of 20 wants more hits than a walk can give
QUERIES: Final = 3  # that were looked at before a filter is held to be narrow: where nothing passes here, all may there


@dataclass(slots=True)
class _Seen:
    since: float
    """time.monotonic()"""
    queries: int = 0
    hits: int = 0
    passed: int = 0


class Selectivity:
    """By question: whatever names a filter in a place. May be asked from several threads."""

    def __init__(self) -> None:
        self._seen: dict[object, _Seen] = {}
        self._lock = Lock()

    def note(self, question: object, *, queries: int, hits: int, passed: int) -> None:
        with self._lock:
            if len(self._seen) >= MOST:
                self._seen.clear()  # cheaper than order, and each costs a few walks to learn again
            seen = self._fresh(question)
            seen.queries += queries
            seen.hits += hits
            seen.passed += passed
            self._seen[question] = seen

    def is_narrow(self, question: object) -> bool:
        with self._lock:
            seen = self._fresh(question)
            return seen.queries >= QUERIES and seen.passed < NARROW * seen.hits

    def _fresh(self, question: object) -> _Seen:
        now = time.monotonic()
        seen = self._seen.get(question)
        return seen if seen is not None and now - seen.since < KEPT_S else _Seen(now)
