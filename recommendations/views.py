"""The feed over HTTP, and what users say of it. Taste is in taste_views.py."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import catalog.like_views
from accounts.models import User
from catalog.liking import liked_among
from catalog.views import ForTheReader
from recommendations import examples, feed, services
from recommendations.models import Signal
from recommendations.serializers import (
    LARGEST_ID,
    EventsSerializer,
    FeedbackSerializer,
    FeedParameters,
    FeedSerializer,
    RecordedSerializer,
)
from rest.idempotency import IdempotentMixin
from rest.parameters import parameters


class Feed(ForTheReader):
    throttle_scope = "read"

    @extend_schema(
        operation_id="recommendations_photos_list",
        parameters=[FeedParameters],
        responses={
            200: FeedSerializer,
            404: OpenApiResponse(description="The cursor is not of this feed, or is not kept any more"),
        },
        examples=[OpenApiExample("Like a photograph that was liked", examples.FEED, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Photographs for you, the best first, each with what speaks for it.

        They are like what you liked, searched, own, wore, opened and looked at; some are popular, new, or something
        else. What was shown within the last two weeks (RECOMMENDATION_SEEN_DAYS) comes again only when nothing new is
        left, longest ago first. Each answer is new; follow `next` for more of the same series.
        """
        given = parameters(request, FeedParameters)
        user = _user(request)
        answer = feed.next_page(user=user, limit=given["limit"], cursor=given.get("cursor", ""))
        context = {"request": request, "liked": liked_among(user, [entry.photo for entry in answer.entries])}
        body = {"entries": answer.entries, "next": _next(request, answer, given["limit"]), "all_seen": answer.all_seen}
        return Response(FeedSerializer(body, context=context).data)


class Feedback(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="recommendations_photos_feedback_give",
        request=FeedbackSerializer,
        responses={204: None, 409: OpenApiResponse(description="Personal recommendations are switched off")},
        examples=[
            OpenApiExample("Not my style", {"signal": "less"}, request_only=True),
            OpenApiExample(
                "The jacket, in another colour", {"signal": "wrong_colour", "category": "outerwear"}, request_only=True
            ),
            OpenApiExample("Never this photographer", {"signal": "hide_photographer"}, request_only=True),
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say something of a photograph: `more` like this, `less` (not my style), `wrong_colour`; `hide` it, or all of
        its photographer's.

        Once more changes nothing; `more` and `less` replace each other. What is hidden stays hidden when the personal
        feed is switched off or begun anew.
        """
        given = FeedbackSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        return _done(
            pk <= LARGEST_ID
            and services.give_feedback(
                user=_user(request), photo_id=pk, signal=Signal(data["signal"]), category=data.get("category", "")
            )
        )

    @extend_schema(operation_id="recommendations_photos_feedback_take_back", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take back what you said of a photograph; a hidden one is shown again. Once more changes nothing."""
        return _done(pk <= LARGEST_ID and services.take_back_feedback(user=_user(request), photo_id=pk))


class Events(IdempotentMixin, APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="recommendations_events_record",
        request=EventsSerializer,
        responses=RecordedSerializer,
        examples=[
            OpenApiExample("Looked at, then opened", examples.EVENTS, request_only=True),
            OpenApiExample("Both are new", {"recorded": 2}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """What was looked at and opened, up to 100 at once, so that a phone sends them now and then.

        A photograph counts once a day for each, so a batch may be sent again. Not counted: views under 2 seconds,
        photographs that are not there (any more), and everything while the personal feed is switched off.
        """
        given = EventsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        recorded = services.record_events(user=_user(request), events=given.seen())
        return Response(RecordedSerializer({"recorded": recorded}).data)


class PhotoLike(catalog.like_views.PhotoLike):
    """A like as the catalogue has it, and its end, which tells of taste."""

    @extend_schema(operation_id="photos_unlike", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Like it no more. Once more changes nothing."""
        return _done(pk <= LARGEST_ID and services.unlike_photo(user=_user(request), photo_id=pk))


def _next(request: Request, answer: feed.Answer, limit: int) -> str | None:
    if answer.next is None:
        return None
    query = urlencode({"cursor": answer.next, "limit": limit})
    return request.build_absolute_uri(f"{reverse('recommendation-list')}?{query}")


def _done(found: bool) -> Response:
    if not found:
        raise NotFound
    return Response(status=status.HTTP_204_NO_CONTENT)


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission
