"""What the import commands share: options, the wait, the report."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.importing import GaveUp, Report, wait_until_described


class ImportCommand(BaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, help="take no more than this many")
        parser.add_argument("--no-wait", action="store_true", help="leave the description to the workers and return")

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except KeyboardInterrupt:
            raise CommandError("interrupted; what is stored stays, and the same command again takes the rest") from None

    def finish(self, report: Report, options: dict[str, Any], *, what: str) -> None:
        """Say what was refused, and wait. Raises CommandError if nothing at all could be taken."""
        for line in report.refused[:50]:
            self.stderr.write(f"refused  {line}")
        if len(report.refused) > 50:
            self.stderr.write(f"refused  … and {len(report.refused) - 50} more")
        self.stdout.write(f"{what}: {report}")
        if report.refused and not report.image_ids and not report.unchanged:
            raise CommandError("nothing was imported")
        if report.image_ids and not options["no_wait"]:
            try:
                wait_until_described(report.image_ids, what=what)
            except GaveUp as reason:
                raise CommandError(str(reason)) from reason
