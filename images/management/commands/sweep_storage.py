"""Removes files from the storage that no row knows, and names rows whose files are not there.

    python manage.py sweep_storage [--dry-run]

Files that are younger than an hour are left alone: an upload may be writing them.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from images import sweeping


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        swept = sweeping.sweep_storage(dry_run=dry_run)
        for name in swept.removed:
            self.stdout.write(f"{'no row' if dry_run else 'removed'}: {name}")
        for name in swept.missing:
            self.stdout.write(f"no file: {name}")
        self.stdout.write(
            f"{swept.looked_at} files; {len(swept.removed)} without a row, {len(swept.missing)} rows without a file"
        )
