"""Statistics over HTTP."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from rest.etags import EtagMixin
from rest.parameters import parameters
from wardrobe import examples
from wardrobe.statistics import statistics
from wardrobe.statistics_serializers import StatisticsParameters, StatisticsSerializer
from wardrobe.wearing import today

_EUR = [{"currency": "EUR", "amount": "129.90", "count": 1}]
_JACKET: dict[str, Any] = {
    "id": examples.ITEM,
    "name": "navy jacket",
    "category": "outerwear",
    "thumbnail": examples.ITEM_BODY["cover"]["thumbnail"],
    "wears": 12,
    "last_worn_on": "2025-11-19",
    "since": "2025-11-19",
    "price": "129.90",
    "currency": "EUR",
    "cost_per_wear": "10.83",
}


def _bar(key: str, count: int = 1) -> dict[str, Any]:
    return {"key": key, "label": key, "count": count, "value": _EUR}


EXAMPLE: dict[str, Any] = {
    "totals": {
        "items": 1, "archived": 0, "favourites": 1, "never_worn": 0, "wears": 12, "washes": 2, "value": _EUR,
    },
    "by_category": [_bar("outerwear")],
    "by_colour": [_bar("navy")],
    "by_season": [_bar("spring"), _bar("autumn")],
    "by_brand": [{**_bar("northfold"), "label": "Northfold"}],
    "most_worn": [_JACKET],
    "least_worn": [_JACKET],
    "cost_per_wear": [{"currency": "EUR", "best": [_JACKET], "worst": [_JACKET]}],
    "unworn": {"days": 90, "count": 0, "items": []},
    "wears_by_month": [{"key": "2025-11", "label": "2025-11", "count": 12}],
    "wears_by_weekday": [{"key": "1", "label": "Monday", "count": 12}],
}  # fmt: skip


class WardrobeStatistics(EtagMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="wardrobe_statistics_retrieve",
        parameters=[StatisticsParameters],
        responses=StatisticsSerializer,
        examples=[OpenApiExample("Of one jacket", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """What your wardrobe holds, what it is worth, and what of it is worn: bars for charts, and rankings.

        Money is summed by currency, never across currencies. `unworn` is what was not worn for `unworn_days`: since it
        was last worn, or since it was bought or became an item if it never was.
        """
        asked = parameters(request, StatisticsParameters)
        found = statistics(cast(User, request.user), today=today(), **asked)
        context = {"request": request, "unworn_days": asked["unworn_days"]}
        return Response(StatisticsSerializer(found, context=context).data)
