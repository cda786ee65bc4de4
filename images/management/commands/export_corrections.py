"""manage.py export_corrections DIR: what owners have put right, for `python -m mlcore train`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from images import training_examples


class Command(BaseCommand):
    help = "Write the pictures in which owners corrected garments to DIR: images/, train.json (COCO) and labels.csv."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="new or empty")
        parser.add_argument("--since", type=_day, metavar="DATE", help="pictures corrected on or after it (UTC)")
        parser.add_argument(
            "--believe",
            type=_share,
            metavar="SCORE",
            help="take garments that nobody touched for right from this score on; without: they count neither way",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is not an empty folder")
        try:
            done = training_examples.export(folder, since=options["since"], believe=options["believe"])
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{done.pictures} pictures, {done.garments} garments to learn from, {done.ignored} ignored, "
            f"{done.labelled} with labels in {folder}"
        )
        if done.gone:
            self.stderr.write(f"{done.gone} pictures were left out: their files cannot be read")


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a date such as 2026-01-31") from error


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a number") from error
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
