"""gunicorn's worker with threads, which leaves a new connection to the process that has the fewest."""

from __future__ import annotations

import socket
import time

from gunicorn.workers.gthread import ThreadWorker

STEP_S = 0.002  # an idle process accepts within it, even on a busy machine
LONGEST_S = 0.01


class FewestConnections(ThreadWorker):
    """All processes wake up for a connection, and the first to accept it has it for as long as its client keeps it.

    Which one that is was chance: two clients of two processes met in one of them every second time, where each waits
    for the other's Python to end (docs/performance.md). So a process hesitates, the longer the more connections it has.
    """

    def accept(self, listener: socket.socket) -> None:
        time.sleep(min(self.nr_conns * STEP_S, LONGEST_S))
        super().accept(listener)
