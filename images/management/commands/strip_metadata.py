"""Takes the metadata out of pictures that an earlier release stored as they came: place, time, serial numbers, names.

    python manage.py strip_metadata

Safe to interrupt and to run again. Pixels stay as they are; a HEIC becomes a JPEG.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from images import services
from images.models import Image


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        changed = 0
        for image in Image.objects.order_by("pk").iterator(chunk_size=200):
            try:
                changed += services.strip_metadata(image=image)
            except services.CannotStrip as error:
                self.stderr.write(f"{image.pk}: {error}")
        self.stdout.write(f"{changed} pictures had metadata")
