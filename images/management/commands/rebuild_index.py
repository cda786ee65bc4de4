"""manage.py rebuild_index: make Milvus hold exactly what the database says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from images import services, stages
from mlcore.index.base import IndexAway


class Command(BaseCommand):
    help = "Write to Milvus what it lacks and take out what it should not hold. No model runs; safe at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new-model",
            action="store_true",
            help="queue the pictures that another model described, to be described anew",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_model"]:
            self.stdout.write(f"{services.describe_outdated()} pictures queued")
        try:
            done = stages.reconcile()
        except IndexAway as error:
            raise CommandError(f"Milvus is away: {error}") from error
        self.stdout.write(f"{done['written']} garments written, {done['removed']} removed")
