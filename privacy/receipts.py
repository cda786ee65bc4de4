"""The receipt of an erasure: what went, and the names by which anybody can ask whether it is gone.

It is signed with the installation's key, so that a made-up one proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core import signing

from privacy.models import Erasure

_SIGNER: Final = signing.Signer(salt="privacy.receipts")


class BadReceipt(ValueError):
    """Not a receipt of this installation."""


@dataclass(frozen=True, slots=True)
class Receipt:
    id: str
    erased_at: str
    user: int
    counts: dict[str, Any]
    pictures: Sequence[Sequence[str]]
    """[id, name in the storage] of each."""
    garments: Sequence[Sequence[Any]]
    """[id in the index, uid] of each."""
    export: str
    """Name in the storage."""
    outfits: Sequence[str] = ()
    """The id of each. Older receipts have none."""
    signature: str = ""


def made(erasure: Erasure, *, user_id: int) -> Receipt:
    unsigned = Receipt(
        id=str(erasure.pk),
        erased_at=erasure.erased_at.isoformat(),
        user=user_id,
        counts=erasure.counts,
        pictures=[list(picture) for picture in erasure.pictures],
        garments=[list(garment) for garment in erasure.garments],
        export=erasure.export,
        outfits=list(erasure.outfits),
    )
    return Receipt(**{**asdict(unsigned), "signature": _signature(asdict(unsigned))})


def read(text: str) -> Receipt:
    """Raises BadReceipt."""
    try:
        receipt = Receipt(**json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadReceipt("not a receipt") from error
    if not isinstance(receipt.signature, str) or receipt.signature != _signature(asdict(receipt)):
        raise BadReceipt("not signed by this installation")
    return receipt


def _signature(facts: dict[str, Any]) -> str:
    signed = {**facts, "signature": ""}
    if not signed["outfits"]:  # as receipts were signed before outfits were named in them
        del signed["outfits"]
    return _SIGNER.signature(json.dumps(signed, sort_keys=True))
