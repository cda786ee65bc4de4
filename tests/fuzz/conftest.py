"""How hard the fuzz tries, and what it did."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from config.throttling import Throttle

ANSWERS: defaultdict[str, Counter[int]] = defaultdict(Counter)
"""Operation: status: how often it was answered, in the whole run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--max-examples", type=int, default=25, help="requests per operation and kind of data")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    answers = sum(ANSWERS.values(), Counter[int]())
    told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    terminalreporter.write_line(f"{answers.total()} requests: {told}")
    for label, statuses in ANSWERS.items():
        if all(status >= 400 for status in statuses):
            terminalreporter.write_line(f"never a success: {label} {dict(statuses)}")


@pytest.fixture(autouse=True)
def _nothing_is_throttled_or_slow(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """429 would hide what lies behind; a stream of events would wait for a picture that nobody describes."""
    monkeypatch.setattr(Throttle, "THROTTLE_RATES", dict.fromkeys(Throttle.THROTTLE_RATES, "1000000/min"))
    settings.SSE_MAX_S = 0.3
