"""Users of an app on their phones, for Locust: they look at the feed, search, like, open a wardrobe, ask for outfits.

    LOAD_FACTS=facts.json locust --locustfile benchmarks/locustfile.py --host http://127.0.0.1:8000

`python -m benchmarks.load` starts an installation, writes that file and runs this. The file: {"tokens": session tokens,
"garments": ids of garments that anyone may search with}. Each of the users has one of the tokens.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from pathlib import Path
from typing import Any, ClassVar

from locust import HttpUser, between

FACTS: dict[str, Any] = json.loads(Path(os.environ["LOAD_FACTS"]).read_text())
API = "/api/v1/"
SECONDS_LOOKED = 3.0
_tokens = itertools.cycle(FACTS["tokens"])


class Phone(HttpUser):  # type: ignore[misc]  # where Locust is not installed, it is anything
    """Of 20 things that somebody does, 10 are to look at the feed."""

    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        self.client.headers["X-Session-Token"] = next(_tokens)
        self.random = random.Random()
        self.seen: list[int] = []
        self.following: str | None = None

    def feed(self) -> None:
        """A new series; what was seen of it is told."""
        self._look(f"{API}recommendations/photos/?limit=20", "feed")
        if self.seen:
            events = [{"photo": photo, "signal": "view", "seconds": SECONDS_LOOKED} for photo in self.seen[:10]]
            self.client.post(f"{API}recommendations/events/", json={"events": events}, name="events")

    def scroll_on(self) -> None:
        if self.following:
            self._look(self.following, "feed, next page")

    def search(self) -> None:
        target = self.random.choice(("products", "photos"))
        self.client.post(f"{API}search/", json={"garment": self._garment(), "target": target}, name="search by garment")

    def wardrobe(self) -> None:
        self.client.get(f"{API}wardrobe/items/", name="items")

    def like(self) -> None:
        if self.seen:
            photo = self.seen.pop()
            with self.client.put(f"{API}photos/{photo}/like/", name="like", catch_response=True) as answer:
                if answer.status_code == 204:
                    answer.success()

    def outfits(self) -> None:
        self.client.get(f"{API}outfits/suggestions/?garment={self._garment()}", name="suggestions")

    tasks: ClassVar = {feed: 7, scroll_on: 3, search: 4, wardrobe: 3, like: 2, outfits: 1}

    def _look(self, address: str, name: str) -> None:
        answer = self.client.get(address, name=name)
        if answer.status_code == 200:
            body = answer.json()
            self.seen = [entry["photo"]["id"] for entry in body["results"]]
            self.following = body["next"]
        else:
            self.following = None

    def _garment(self) -> str:
        garment: str = self.random.choice(FACTS["garments"])
        return garment
