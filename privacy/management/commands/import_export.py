"""manage.py import_export ZIP: make an account from what its owner took along from another installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from privacy import services
from privacy.archive import MANIFEST
from privacy.restoring import BadExport


class Command(BaseCommand):
    help = "Read an export back: a new account with its pictures, wardrobe, searches and likes. All or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("zip", metavar="ZIP", type=Path)
        parser.add_argument("--email", help="of the new account; the one in the export if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["zip"].open("rb") as file:
                email = options["email"] or _email(options["zip"])
                validate_email(email)
                user, restored = services.import_export(file=file, email=email)
        except ValidationError as error:
            raise CommandError(f"not an e-mail address; give one with --email ({error.messages[0]})") from error
        except (OSError, BadExport) as error:
            raise CommandError(f"{options['zip']}: {error}") from error
        for label, count in restored.rows.items():
            if count:
                self.stdout.write(f"{count:6} {label}")
        if restored.unknown:
            self.stdout.write(f"{restored.unknown} rows left out: what they refer to is not on this server")
        self.stdout.write(f"{user.email}: {restored.pictures} pictures; a password is set by a reset")


def _email(path: Path) -> str:
    """Raises BadExport."""
    try:
        with ZipFile(path) as archive:
            return str(json.loads(archive.read(MANIFEST))["email"])
    except (BadZipFile, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadExport("not an export") from error
