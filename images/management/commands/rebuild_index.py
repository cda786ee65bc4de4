"""manage.py rebuild_index: make Milvus hold exactly what the database says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images import stages
from mlcore.index.base import IndexAway


class Command(BaseCommand):
    help = "Write to Milvus what it lacks and take out what it should not hold. No model runs; safe at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = stages.reconcile()
        except IndexAway as error:
            raise CommandError(f"Milvus is away: {error}") from error
        self.stdout.write(f"{done['written']} garments written, {done['removed']} removed")
