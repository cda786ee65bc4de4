"""Plans over HTTP: which outfit on which day. The feed for phones' calendars is in calendar_views.py."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from outfits import examples, plan_examples, plan_selectors, planning
from outfits.models import Plan
from outfits.plan_serializers import (
    PlanChangeSerializer,
    PlanCreationSerializer,
    PlanParameters,
    PlanSerializer,
    RepeatParameters,
)
from rest.etags import EtagMixin
from rest.idempotency import IdempotentMixin
from rest.pages import CursorPages
from rest.parameters import parameters

PLAN = OpenApiExample("Friday's outfit", plan_examples.PLAN_BODY, response_only=True)
PLANNED = OpenApiResponse(description="The outfit is planned for that day already")


class ByDay(CursorPages):
    """The earliest first; a month with three outfits a day is one page."""

    ordering = ("day", "created_at", "id")
    page_size = 100


class PlanList(IdempotentMixin, generics.GenericAPIView[Any]):
    throttle_scope = "read"
    serializer_class = PlanSerializer
    pagination_class = ByDay
    queryset = Plan.objects.none()

    @extend_schema(
        operation_id="plans_list",
        parameters=[PlanParameters],
        responses=PlanSerializer(many=True),
        examples=[PLAN],
    )
    def get(self, request: Request) -> Response:
        """Which outfits are planned from one day to another, both included; without them the next 30 days.

        The earliest first, 100 a page. Each comes with its outfit, whether it was worn, and what is worn or planned
        again within `repeat_days`.
        """
        given = parameters(request, PlanParameters)
        found = plan_selectors.plans(_user(request)).filter(day__range=(given["from"], given["to"]))
        page = cast(list[Plan], self.paginate_queryset(found))
        views = plan_selectors.viewed(page, within=given["repeat_days"])
        return self.get_paginated_response(self.get_serializer(views, many=True).data)

    @extend_schema(
        operation_id="plans_create",
        parameters=[RepeatParameters],
        request=PlanCreationSerializer,
        responses={
            201: PlanSerializer,
            200: PlanSerializer,
            404: OpenApiResponse(description="No such outfit of yours"),
        },
        examples=[
            OpenApiExample(
                "For Friday",
                {"outfit": examples.OUTFIT, "day": "2025-11-21", "notes": "dinner with Kim"},
                request_only=True,
            ),
            PLAN,
        ],
    )
    def post(self, request: Request) -> Response:
        """Plan an outfit for a day. A day may have several, and each once: planned again (200) the plan that is there
        is answered, unchanged."""
        within = _within(request)
        given = PlanCreationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        plan, is_new = planning.plan_outfit(
            owner=_user(request), outfit_id=facts["outfit"], day=facts["day"], notes=facts["notes"]
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(_shown(request, plan.pk, within), status=code)


class PlanDetail(EtagMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="plans_retrieve", parameters=[RepeatParameters], responses=PlanSerializer, examples=[PLAN]
    )
    def get(self, request: Request, plan_id: UUID) -> Response:
        """A plan with its outfit. `repeats` follows from the wear log and your other plans each time."""
        return Response(_shown(request, plan_id, _within(request)))

    @extend_schema(
        operation_id="plans_change",
        parameters=[RepeatParameters],
        request=PlanChangeSerializer,
        responses={200: PlanSerializer, 409: PLANNED},
        examples=[
            OpenApiExample("A day later", {"day": "2025-11-22"}, request_only=True),
            OpenApiExample("Another outfit", {"outfit": examples.OUTFIT, "notes": ""}, request_only=True),
            PLAN,
        ],
    )
    def patch(self, request: Request, plan_id: UUID) -> Response:
        """Move a plan to another day, put another outfit in its place, or change its notes. What was logged as worn
        stays logged."""
        within = _within(request)
        given = PlanChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if planning.change_plan(owner=_user(request), plan_id=plan_id, change=given.change()) is None:
            raise NotFound
        return Response(_shown(request, plan_id, within))

    @extend_schema(operation_id="plans_delete", responses={204: None})
    def delete(self, request: Request, plan_id: UUID) -> Response:
        """Plan it no more. The outfit stays, and so does what was logged as worn."""
        if not planning.delete_plan(owner=_user(request), plan_id=plan_id):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlanWears(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="plans_wears_log",
        parameters=[RepeatParameters],
        request=None,
        responses={
            201: PlanSerializer,
            200: PlanSerializer,
            409: OpenApiResponse(description="Its day has not come, or an item is archived, or none is left"),
        },
        examples=[OpenApiExample("Worn", plan_examples.WORN_BODY, response_only=True)],
    )
    def post(self, request: Request, plan_id: UUID) -> Response:
        """The plan was carried out: log all items of its outfit as worn on its day. 201 if that is new of one of them,
        200 if all were logged. A single item is taken back with `DELETE wardrobe/items/{id}/wears/{day}/`."""
        within = _within(request)
        new = planning.wear_plan(owner=_user(request), plan_id=plan_id)
        if new is None:
            raise NotFound
        code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return Response(_shown(request, plan_id, within), status=code)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission


def _shown(request: Request, plan_id: UUID, within: int) -> dict[str, Any]:
    """Raises NotFound."""
    plan = plan_selectors.plans(_user(request)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    [view] = plan_selectors.viewed([plan], within=within)
    data: dict[str, Any] = PlanSerializer(view, context={"request": request}).data
    return data


def _within(request: Request) -> int:
    """How many days around a plan are looked at. Asked before anything is written."""
    return int(parameters(request, RepeatParameters)["repeat_days"])
