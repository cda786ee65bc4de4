"""What to pack, and what each item is good for, over HTTP."""

from __future__ import annotations

from collections import Counter
from typing import cast

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from outfits import capsule_examples as examples
from outfits.capsule_serializers import (
    CapsuleRequestSerializer,
    CapsuleSerializer,
    VersatileItemSerializer,
    VersatilityParameters,
    VersatilitySerializer,
)
from outfits.closet import closet, pair_lift
from outfits.packing import pack_capsule
from outfits.versatility import Verdict, Versatile, versatility
from rest.etags import EtagMixin
from rest.parameters import parameters
from wardrobe.wearing import today


class Capsules(APIView):
    throttle_scope = "picture"  # a large wardrobe takes as long as a model's run

    @extend_schema(
        operation_id="outfits_capsules",
        request=CapsuleRequestSerializer,
        responses={
            200: CapsuleSerializer,
            404: OpenApiResponse(description="An item in `must_have` or `leave_out` is not there, or another user's"),
        },
        examples=[
            OpenApiExample("A weekend", {"days": 3}, request_only=True),
            OpenApiExample("At work, and out", examples.REQUEST, request_only=True),
            OpenApiExample("Five items for five days", examples.CAPSULE, response_only=True),
            OpenApiExample("Of an empty wardrobe", examples.EMPTY, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """What to pack: the fewest items of yours that dress you differently every day. Nothing is stored.

        Each item says why it is there, and each day what to wear. What stands in the way of what you ask for is in
        `missing`; the rest is answered all the same. An item fits an occasion if a tag of its names it, or if none of
        its tags names any.
        """
        given = CapsuleRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        capsule, own = pack_capsule(owner=_user(request), asked=given.asked())
        context = {"request": request, "covers": own.covers, "owned": own.owned}
        return Response(CapsuleSerializer(capsule, context=context).data)


class Versatility(EtagMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_versatility",
        parameters=[VersatilityParameters],
        responses=VersatilitySerializer,
        examples=[OpenApiExample("The first two of six items", examples.VERSATILITY, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """In how many outfits of your own each item is, beside how often you wear it, and what to do about it.

        `keep`: worn within 90 days. `wear_more`: longer not worn. `let_go`: not worn for a year, no favourite, and in
        few outfits. `unknown`: too new, or without a photograph. The most versatile first, 100 unless `limit` says
        otherwise.
        """
        asked = parameters(request, VersatilityParameters)
        own = closet(_user(request))
        found = versatility(own.items, pair_lift(), today=today())
        verdicts = Counter(one.verdict for one in found.items)
        wanted = [one for one in found.items if asked.get("verdict", one.verdict) == one.verdict]
        shown = _ordered(wanted, asked["ordering"])
        context = {"request": request, "covers": own.covers}
        results = VersatileItemSerializer(shown[: asked["limit"]], many=True, context=context).data
        return Response(
            {
                "items": len(found.items),
                "owned": own.owned,
                "formulas": found.formulas,
                "basis": sorted(found.bases),
                "verdicts": {verdict.value: verdicts[verdict] for verdict in Verdict},
                "results": results,
            }
        )


def _ordered(judged: list[Versatile], ordering: str) -> list[Versatile]:
    """They come the most versatile first; what is equal stays as it is."""
    match ordering:
        case "formulas":
            return sorted(judged, key=lambda one: one.formulas)
        case "-idle_days":
            return sorted(judged, key=lambda one: -one.idle_days)
    return judged


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission
