"""The feed of plans for phones' calendars, and its private address."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from images.views import AsItIs
from outfits import calendar_links, calendars, plan_examples, plan_selectors, planning
from outfits.models import CalendarLink
from outfits.plan_serializers import CalendarLinkSerializer, RenewalSerializer
from rest.etags import KEPT_BY
from rest.schema import IF_NONE_MATCH

LINK = OpenApiExample("The address", plan_examples.LINK_BODY, response_only=True)


class CalendarAddress(APIView):
    """Nothing keeps the answers: they hold the secret. So a retry of POST is no replay; without `renew` it is harmless
    anyway, and with it the address that was lost on its way is ended."""

    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_calendar_retrieve",
        responses={200: CalendarLinkSerializer, 404: OpenApiResponse(description="There is none")},
        examples=[LINK],
    )
    def get(self, request: Request) -> Response:
        """The private address of your calendar feed, for a phone's calendar to subscribe to."""
        link = plan_selectors.calendar_link(_user(request))
        if link is None:
            raise NotFound
        return _shown(request, link)

    @extend_schema(
        operation_id="outfits_calendar_create",
        request=RenewalSerializer,
        responses={201: CalendarLinkSerializer, 200: CalendarLinkSerializer},
        examples=[
            OpenApiExample("The first time", {}, request_only=True),
            OpenApiExample("Somebody has the old one", {"renew": True}, request_only=True),
            LINK,
        ],
    )
    def post(self, request: Request) -> Response:
        """Open your calendar feed: 201 with its new address, 200 with the one that is there.

        `renew` ends that one and makes another: calendars that subscribed to it get 404 from then on.
        """
        given = RenewalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        link, is_new = planning.new_calendar_link(owner=_user(request), renew=given.validated_data["renew"])
        return _shown(request, link, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(
        operation_id="outfits_calendar_end",
        responses={204: None, 404: OpenApiResponse(description="There is none")},
    )
    def delete(self, request: Request) -> Response:
        """Close your calendar feed: its address is 404 at once."""
        if not planning.end_calendar_link(owner=_user(request)):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


class CalendarFeed(APIView):
    permission_classes = (AllowAny,)  # the address is the secret
    content_negotiation_class = AsItIs  # a calendar asks for text/calendar
    throttle_scope = "read"

    @extend_schema(
        operation_id="calendars_retrieve",
        parameters=[OpenApiParameter("token", str, OpenApiParameter.PATH, description="as in `url`"), IF_NONE_MATCH],
        responses={
            (200, "text/calendar"): OpenApiTypes.STR,
            304: OpenApiResponse(description="What `If-None-Match` names is still right"),
            404: OpenApiResponse(description="The address has ended, was renewed, or never was one"),
        },
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """Your plans as iCalendar (RFC 5545), from 90 days back to 400 ahead: an all-day event each.

        Needs no sign-in: calendars have none. What changes shows when the calendar asks again, every four hours or as
        its user has set it.
        """
        reader = calendar_links.reader_of(token)
        if reader is None:
            raise NotFound
        content = calendars.written(plan_selectors.events(reader))
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        response = HttpResponse(content, content_type=calendars.MIME)
        response["ETag"] = etag
        response["Cache-Control"] = KEPT_BY
        response["Content-Disposition"] = 'inline; filename="outfits.ics"'
        return cast(HttpResponse, get_conditional_response(request._request, etag=etag, response=response))


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission


def _shown(request: Request, link: CalendarLink, code: int = status.HTTP_200_OK) -> Response:
    body: Any = CalendarLinkSerializer(link, context={"request": request}).data
    return Response(body, status=code, headers={"Cache-Control": "private, no-store"})
