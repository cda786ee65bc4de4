"""manage.py import_products FEED.csv --images DIR"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.feeds import BadFeed
from catalog.importing import import_feed
from catalog.management.commands._import import ImportCommand


class Command(ImportCommand):
    help = (
        "Import products from a CSV feed. Columns: file (required), sku, title, category, brand, description, price, "
        "currency, in_stock, url, licence, source; others are ignored. The same sku again updates the product."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("feed", type=Path)
        parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="where the feed's pictures lie")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["images"].is_dir():
            raise CommandError(f"{options['images']} is not a folder")
        try:
            report = import_feed(options["feed"], options["images"], limit=options["limit"])
        except BadFeed as reason:
            raise CommandError(str(reason)) from reason
        self.finish(report, options, what="products")
