"""The group whose members moderate: staff users who are put into it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction

NAME = "Moderators"
LOOK_AT = ("images", "catalog", "wardrobe", "moderation")  # apps whose every model they may look at
DECIDE = "images.change_image"


class Command(BaseCommand):
    help = 'Makes the group "Moderators", or gives it its permissions again. Erasing is not among them.'

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Permission.objects.filter(content_type__app_label__in=LOOK_AT, codename__startswith="view_")
        app, codename = DECIDE.split(".")
        decide = Permission.objects.filter(content_type__app_label=app, codename=codename)
        with transaction.atomic():
            group, created = Group.objects.get_or_create(name=NAME)
            group.permissions.set([*wanted, *decide])
        said = "made" if created else "already there"
        self.stdout.write(f"group {NAME}: {said}, {group.permissions.count()} permissions")
