"""manage.py import_photos DIR"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.feeds import BadFeed
from catalog.importing import import_folder
from catalog.management.commands._import import ImportCommand


class Command(ImportCommand):
    help = "Import every picture below a folder as a street photograph. The same bytes again change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--credits", type=Path, metavar="FILE.csv", help="file, photographer, licence, licence_url, source"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["folder"].is_dir():
            raise CommandError(f"{options['folder']} is not a folder")
        try:
            report = import_folder(options["folder"], credits=options["credits"], limit=options["limit"])
        except BadFeed as reason:
            raise CommandError(str(reason)) from reason
        self.finish(report, options, what="photographs")
