"""manage.py load_demo [--photos DIR]"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.demo import load_drawn
from catalog.feeds import BadFeed
from catalog.importing import import_feed, import_folder
from catalog.management.commands._import import ImportCommand
from catalog.models import Photo, Product


class Command(ImportCommand):
    help = "Load the drawn demo catalogue, or a folder of real pictures laid out as docs/demo.md says."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--photos",
            type=Path,
            metavar="DIR",
            help="products.csv + products/ and street.csv + street/, either or both",
        )
        parser.add_argument("--products", type=int, default=240, help="how many products to draw")
        parser.add_argument("--looks", type=int, default=240, help="how many street looks to draw")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there is any product or photograph")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and (Product.objects.exists() or Photo.objects.exists()):
            return
        if options["photos"] is None:
            report = load_drawn(products=options["products"], looks=options["looks"])
            self.finish(report, options, what="drawn pictures")
            return
        folder: Path = options["photos"]
        feed, credits = folder / "products.csv", folder / "street.csv"
        if not feed.is_file() and not (folder / "street").is_dir():
            raise CommandError(f"{folder} holds neither products.csv with products/ nor street/")
        try:
            if feed.is_file():
                report = import_feed(feed, folder / "products", limit=options["limit"])
                self.finish(report, options, what="products")
            if (folder / "street").is_dir():
                owed = credits if credits.is_file() else None
                report = import_folder(folder / "street", credits=owed, limit=options["limit"])
                self.finish(report, options, what="photographs")
        except BadFeed as reason:
            raise CommandError(str(reason)) from reason
