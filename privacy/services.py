"""Taking one's data along, and leaving without a trace."""

from __future__ import annotations

from typing import IO

from allauth.usersessions.models import UserSession
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import User
from images.models import Image
from moderation.models import Decision
from privacy import receipts, selectors, tasks
from privacy.models import Erasure, Export, State
from privacy.restoring import BadExport, Restored, restore
from recommendations import seen


class LastSuperuser(Exception):
    """Nobody else could administer the installation."""


def request_export(*, user: User, anew: bool = False) -> Export:
    """The user's export; queued if there is none, or it failed, or (`anew`) it is an old one."""
    there = selectors.export_of(user)
    if there is not None and (there.state == State.QUEUED or (there.state == State.READY and not anew)):
        return there
    try:
        with transaction.atomic():
            if there is not None:
                withdraw_export(export=there)
            export = Export.objects.create(owner=user)
    except IntegrityError:  # asked for twice at the same moment
        return Export.objects.get(owner=user)
    tasks.write_export.delay_on_commit(export_id=str(export.pk))
    return export


def withdraw_export(*, export: Export) -> None:
    """The row, then (once that is committed) its file."""
    Export.objects.filter(pk=export.pk).delete()
    transaction.on_commit(lambda: default_storage.delete(export.file_name), robust=True)


def erase_user(*, user: User) -> receipts.Receipt:
    """The user, and by the foreign keys every row about them, at once; files and vectors by a worker right after.

    Nobody can see them from here on: SQL decides that. Raises LastSuperuser.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if selectors.is_last_superuser(user):
            raise LastSuperuser("you are the only superuser: make another one first")
        pictures, garments = selectors.pictures(user), selectors.garments(user)
        export = selectors.export_of(user)
        counts = {"rows": selectors.counted(user), "pictures": len(pictures), "garments": len(garments)}
        erasure = Erasure.objects.create(
            counts=counts,
            pictures=pictures,
            garments=garments,
            outfits=selectors.outfits(user),
            export=export.file_name if export else "",
        )
        for session in UserSession.objects.filter(user=user):
            session.end()
        Decision.objects.filter(picture__in=[pk for pk, _ in pictures]).delete()  # they outlive a picture, not its user
        Image.objects.filter(owner=user).delete()  # before its user: rows of others that hold on to a look go with it
        user_id = user.pk
        user.delete()
        transaction.on_commit(lambda: seen.forget(user_id), robust=True)
        tasks.finish_erasure.delay_on_commit(erasure_id=str(erasure.pk))
    return receipts.made(erasure, user_id=user_id)


def import_export(*, file: IO[bytes], email: str) -> tuple[User, Restored]:
    """A new account from an export, without a password: its owner asks for a reset by e-mail. Raises BadExport."""
    if User.objects.filter(email__iexact=email).exists():
        raise BadExport(f"there is an account {email} already")
    with transaction.atomic():
        user = User.objects.create_user(email)
        restored = restore(file, user)
    return user, restored
