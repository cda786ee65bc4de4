"""manage.py verify_erasure RECEIPT: prove that nothing is left of a user who was erased."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mlcore.index.base import IndexAway
from privacy import receipts, verifying


class Command(BaseCommand):
    help = "Look for what an erased user may have left in SQL, in the storage and in the index. RECEIPT: a file, or -."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("receipt", metavar="RECEIPT")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["receipt"]
        try:
            receipt = receipts.read(sys.stdin.read() if given == "-" else Path(given).read_text())
            left = list(verifying.traces(receipt))
        except (OSError, UnicodeDecodeError, receipts.BadReceipt) as error:
            raise CommandError(f"{given}: {error}") from error
        except IndexAway as error:
            raise CommandError(f"the index cannot be asked: {error}") from error
        for line in left:
            self.stderr.write(line)
        if left:
            raise CommandError(f"{len(left)} traces are left of erasure {receipt.id}")
        self.stdout.write(
            f"nothing is left: {sum(receipt.counts['rows'].values())} rows, {len(receipt.pictures)} pictures, "
            f"{len(receipt.garments)} garments were looked for in SQL, storage and index"
        )
