"""manage.py search_sheet OUT.jpg [PICTURE[?FILTERS]…]: real searches, as a picture to judge by eye."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

import mlcore.images
from catalog.drawn import draw_look, draw_product
from images.queries import NothingToSearch
from images.replies import NobodyAnswered
from mlcore.images import TooLarge, TooSmall, Unreadable
from mlcore.index.base import IndexAway
from mlcore.types import Category
from search import services
from search.query import Target, Wish
from search.serializers import WishSerializer
from search.sheet import Row, draw_sheet

FIRST_SEED = 900_000  # far from the demo catalogue's: none of these pictures is in it


class Command(BaseCommand):
    help = "Search with ten pictures and draw queries, boxes and best results on one sheet. Needs `make run` beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT.jpg")
        parser.add_argument(
            "pictures",
            nargs="*",
            metavar="PICTURE[?FILTERS]",
            help="filters as in a query string: coat.jpg?colour=red&sleeve_length=long; without pictures ten are drawn",
        )
        parser.add_argument("--target", choices=[t.value for t in Target], default=Target.PRODUCTS.value)
        parser.add_argument("--top", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = [
                self._row(title, data, _wish(filters, options))
                for title, data, filters in (_read(options["pictures"]) if options["pictures"] else _drawn())
            ]
        except (Unreadable, TooLarge, TooSmall, OSError) as error:
            raise CommandError(f"a picture cannot be read: {error}") from error
        except (NobodyAnswered, IndexAway) as error:
            raise CommandError(f"{error}; is `make run` running?") from error
        draw_sheet(rows, columns=options["top"]).save(options["out"], quality=72)
        self.stdout.write(f"{options['out']}: {len(rows)} searches")

    def _row(self, title: str, data: bytes, wish: Wish) -> Row:
        pixels = mlcore.images.decode(io.BytesIO(data))
        try:
            answer = services.search_by_picture(reader=AnonymousUser(), file=io.BytesIO(data), wish=wish)
        except NothingToSearch:
            self.stdout.write(f"{title}: no garment found")
            return Row(pixels, f"{title}: nothing found", None)
        garment, results = answer.found[0].garment, answer.found[0].page.results
        assert garment is not None  # a picture was given
        best = f"{results[0].match.similarity:.2f}" if results else "nothing"
        dropped = ", ".join(answer.found[0].dropped_filters)
        self.stdout.write(f"{title}: {garment.category} {garment.score:.2f}, best {best}, {answer.timings_ms}")
        asked = " ".join(_spelt(name, value) for name, value in wish.asked.items()) or garment.category
        return Row(pixels, f"{title}: {asked}" + (f" (without {dropped})" if dropped else ""), answer)


def _spelt(name: str, value: Any) -> str:
    return name if value is True else ",".join(value) if isinstance(value, tuple) else str(value)


def _wish(filters: str, options: dict[str, Any]) -> Wish:
    """Raises CommandError for filters that the API would refuse."""
    asked = {"target": options["target"], "limit": options["top"], **dict(parse_qsl(filters, keep_blank_values=True))}
    given = WishSerializer(data=asked)
    if not given.is_valid():
        raise CommandError(f"{filters}: {given.errors}")
    return given.wish()


def _read(pictures: list[str]) -> Iterator[tuple[str, bytes, str]]:
    """(title, bytes, filters) of each."""
    for picture in pictures:
        path, _, filters = picture.partition("?")
        yield Path(path).stem[:12], Path(path).read_bytes(), filters


def _drawn() -> Iterator[tuple[str, bytes, str]]:
    """Five garments, five looks: never seen by the catalogue."""
    for number, category in enumerate((*Category, *list(Category)[:4])):
        seed = FIRST_SEED + number
        if number % 2:
            yield f"look {number}", draw_look(seed).jpeg(), ""
        else:
            yield f"{category.value} {number}", draw_product(seed, category=category).jpeg(), ""
