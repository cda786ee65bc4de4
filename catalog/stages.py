"""What the workers do for the catalogue."""

from __future__ import annotations

from django.db import transaction

from catalog.models import Photo
from images import reviewing
from images.models import Image, Purpose, Review

AT_ONCE = 500


def withdraw_looks() -> int:
    """A round of looks whose owners do not show looks any more; the next round takes the rest. Returns how many.

    Nobody has seen them since the owner said so (`images.selectors.public`); now the index and the photographs forget
    them too, and moderators are asked no more. Should the owner send one again, they are asked anew.
    """
    with transaction.atomic():
        reviewed = Image.objects.exclude(review="")  # as the index says it: it is asked every minute
        looks = reviewed.filter(
            purpose=Purpose.LOOK, review__in=(Review.PENDING, Review.APPROVED), owner__public_looks=False
        )
        images = list(looks.order_by("review", "created_at")[:AT_ONCE])
        if images:
            Photo.objects.filter(image__in=images).delete()
            reviewing.set_review(images=images, review=None)
    return len(images)
