"""What lies in the storage, over HTTP."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse

from images.links import Admitted


class StorageAway(OSError):
    """The object storage does not answer, or refuses. Worth trying again."""


def file_response(name: str, *, content_type: str, admitted: Admitted) -> FileResponse | None:
    """A file of an admitted picture. None if it is not there: erased this moment."""
    try:
        file = default_storage.open(name)
    except FileNotFoundError:
        return None
    response = FileResponse(file, content_type=content_type)
    response["Cache-Control"] = admitted.cache_control()
    return response
