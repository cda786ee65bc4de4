"""manage.py fit_ranking FILE: the ranking's weights from what was shown, opened and liked on this installation."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Like
from recommendations.feed import WEIGHTS
from recommendations.learning import Example, TooFew, fit
from recommendations.models import Event, Impression, Signal

WITHIN: Final = timedelta(days=1)  # after it was shown, something is opened or liked because of that
SAID: Final = (Signal.CLICK, Signal.MORE)


class Command(BaseCommand):
    help = (
        "Fit the weights of the feed's score to the logged impressions; write them with their evaluation. Nothing is "
        "changed: RECOMMENDATION_WEIGHTS uses them, as the last line says."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="JSON, to be written")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = fit(examples(), now=WEIGHTS)
        except TooFew as error:
            raise CommandError(str(error), returncode=2) from error
        said = {
            "weights": found.weights.as_dict(),
            "trained_on": found.trained_on,
            "held_out": found.held_out,
            "learnt": {"auc": found.learnt.auc, "log_loss": found.learnt.log_loss},
            "as_set": {"auc": found.by_hand.auc, "log_loss": found.by_hand.log_loss, "weights": WEIGHTS.as_dict()},
        }
        try:
            options["file"].write_text(json.dumps(said, indent=2) + "\n")
        except OSError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{found.trained_on} impressions to learn from, the {found.held_out} after them held out")
        self.stdout.write(f"  learnt   AUC {found.learnt.auc:.3f}   log loss {found.learnt.log_loss:.4f}")
        self.stdout.write(f"  as set   AUC {found.by_hand.auc:.3f}   log loss {found.by_hand.log_loss:.4f}")
        if found.learnt.auc <= found.by_hand.auc:
            self.stdout.write("What is set orders them as well: leave it.")
            return
        weights = ",".join(f"{name}={value:g}" for name, value in found.weights.as_dict().items())
        self.stdout.write(f"RECOMMENDATION_WEIGHTS={weights}")


def examples() -> list[Example]:
    """Every impression that is logged, and whether its user opened or liked the photograph within a day."""
    said: dict[tuple[int, int], list[datetime]] = {}
    events = Event.objects.filter(signal__in=SAID).values_list("user", "photo", "created_at")
    likes = Like.objects.filter(photo__isnull=False).values_list("user", "photo", "created_at")
    for user, photo, at in [*events, *likes]:
        said.setdefault((user, photo), []).append(at)
    rows = Impression.objects.order_by("shown_at", "pk").values_list("user", "photo", "shown_at", "features")
    return [
        Example(features, shown, any(shown <= at <= shown + WITHIN for at in said.get((user, photo), ())))
        for user, photo, shown, features in rows.iterator(chunk_size=5_000)
    ]
