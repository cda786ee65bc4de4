"""An API key made by who runs the installation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import selectors, services
from accounts.models import Scope


class Command(BaseCommand):
    help = "Makes an API key for a user and prints it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="which program uses it")
        parser.add_argument("--scope", action="append", choices=Scope.values, help="default: search; may be repeated")
        parser.add_argument("--days", type=int, help="until it expires; default: never")

    def handle(self, *args: Any, **given: Any) -> None:
        owner = selectors.user_by_email(given["email"])
        if owner is None:
            raise CommandError(f"there is no user {given['email']}")
        if not 0 < len(given["name"]) <= 100:
            raise CommandError("a name has 1 to 100 characters")
        if given["days"] is not None and not 0 < given["days"] <= 36_500:
            raise CommandError("--days is between 1 and 36500")
        try:
            made = services.create_api_key(
                owner=owner,
                name=given["name"],
                scopes=[Scope(scope) for scope in given["scope"] or ["search"]],
                expires_at=None if given["days"] is None else timezone.now() + timedelta(days=given["days"]),
            )
        except (services.TooManyKeys, services.ScopeNotAllowed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(made.token)
