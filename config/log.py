"""What goes into no log."""

from __future__ import annotations

import logging
import re

_FEED = re.compile(r"(/calendars/)[^/\s\"']+")


class WithoutSecrets(logging.Filter):
    """The address of a calendar's feed is its key, and Django logs the path of whatever it answers 4xx or 5xx."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if "/calendars/" in said:
            record.msg, record.args = _FEED.sub(r"\1…", said), ()
        return True
