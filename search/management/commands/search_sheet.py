"""manage.py search_sheet OUT.jpg [PICTURE…]: real searches, as a picture to judge by eye."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

import mlcore.images
from catalog.drawn import draw_look, draw_product
from images.replies import NobodyAnswered
from mlcore.images import TooLarge, TooSmall, Unreadable
from mlcore.index.base import IndexAway
from mlcore.types import Category
from search import services
from search.selectors import Target
from search.sheet import Row, draw_sheet

FIRST_SEED = 900_000  # far from the demo catalogue's: none of these pictures is in it


class Command(BaseCommand):
    help = "Search with ten pictures and draw queries, boxes and best results on one sheet. Needs `make run` beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT.jpg")
        parser.add_argument("pictures", type=Path, nargs="*", metavar="PICTURE", help="else ten are drawn")
        parser.add_argument("--target", choices=[t.value for t in Target], default=Target.PRODUCTS.value)
        parser.add_argument("--top", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = [
                self._row(title, data, Target(options["target"]), options["top"])
                for title, data in (_read(options["pictures"]) if options["pictures"] else _drawn())
            ]
        except (Unreadable, TooLarge, TooSmall, OSError) as error:
            raise CommandError(f"a picture cannot be read: {error}") from error
        except (NobodyAnswered, IndexAway) as error:
            raise CommandError(f"{error}; is `make run` running?") from error
        draw_sheet(rows, columns=options["top"]).save(options["out"], quality=72)
        self.stdout.write(f"{options['out']}: {len(rows)} searches")

    def _row(self, title: str, data: bytes, target: Target, limit: int) -> Row:
        pixels = mlcore.images.decode(io.BytesIO(data))
        try:
            answer = services.search_by_picture(
                reader=AnonymousUser(), file=io.BytesIO(data), target=target, category=None, limit=limit
            )
        except services.NothingToSearch:
            self.stdout.write(f"{title}: no garment found")
            return Row(pixels, f"{title}: nothing found", None)
        garment = answer.query.garment
        best = f"{answer.results[0].match.similarity:.2f}" if answer.results else "nothing"
        self.stdout.write(f"{title}: {garment.category} {garment.score:.2f}, best {best}, {answer.timings_ms}")
        return Row(pixels, f"{title}: {garment.category}", answer)


def _read(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    return ((path.stem[:12], path.read_bytes()) for path in paths)


def _drawn() -> Iterator[tuple[str, bytes]]:
    """Five garments, five looks: never seen by the catalogue."""
    for number, category in enumerate((*Category, *list(Category)[:4])):
        seed = FIRST_SEED + number
        if number % 2:
            yield f"look {number}", draw_look(seed).jpeg()
        else:
            yield f"{category.value} {number}", draw_product(seed, category=category).jpeg()
