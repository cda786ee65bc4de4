"""Uploads of many pictures are measured before they are taken in."""

from __future__ import annotations

from images.parsers import PictureParser

MOST_BYTES = 256 * 2**20  # 50 pictures of today's phones are 200 MB; each has a limit of its own beside it


class PicturesParser(PictureParser):
    most_bytes = MOST_BYTES
    too_large = f"the pictures are larger than {MOST_BYTES // 2**20} MB together; send them in several uploads"
