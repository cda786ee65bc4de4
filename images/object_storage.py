"""S3 and what speaks its language (STORAGE_URL), with the manners that the rest of the code expects of a storage: what
is not there is FileNotFoundError, and a service that is away is an OSError, after which the work is tried again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3File, S3Storage

from images.files import StorageAway

# A worker has 45 s for a batch, and a web thread is waited for: boto's own minute for each of five tries is too long.
_PATIENCE = Config(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 2, "mode": "standard"})


class ObjectStorage(S3Storage):  # type: ignore[misc]
    client_config: Config

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(_PATIENCE)

    def _open(self, name: str, mode: str = "rb") -> S3File:
        with _away_is_an_os_error():
            opened = super()._open(name, mode)
            if "w" not in mode:
                _ = opened.file  # fetched here, above `max_memory_size` to a disk: later errors would be boto's own
            return opened

    def _save(self, name: str, content: Any) -> str:
        with _away_is_an_os_error():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _away_is_an_os_error():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _away_is_an_os_error():
            return bool(super().exists(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _away_is_an_os_error():
            folders, files = super().listdir(name)
            return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with _away_is_an_os_error():
            when: datetime = super().get_modified_time(name)
            return when


@contextlib.contextmanager
def _away_is_an_os_error() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            raise FileNotFoundError("it is not in the storage") from error
        raise StorageAway(f"the storage refuses: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageAway(f"the storage is away: {error}") from error
