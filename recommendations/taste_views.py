"""A user's taste over HTTP: seen, switched off, begun anew; and what they hide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from catalog.liking import liked_among
from catalog.views import ForTheReader, NewestFirst
from images.models import Garment
from recommendations import examples, selectors, services, stages
from recommendations.feed import WEIGHTS
from recommendations.models import Event, HiddenPhotographer
from recommendations.ranking import Weights
from recommendations.serializers import (
    LARGEST_ID,
    HiddenPhotoSerializer,
    TasteChangeSerializer,
    TasteSerializer,
)
from recommendations.taste import Taste
from rest.etags import EtagMixin

_KNOWN = OpenApiExample("A jacket, twice", examples.TASTE, response_only=True)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a user is told of themselves. `garments`: by uid, those that may be shown to them."""

    personal: bool
    learnt_from: datetime | None
    taste: Taste
    weights: Weights
    garments: Mapping[str, Garment]
    hidden_photographers: Sequence[HiddenPhotographer]


class TasteDetail(EtagMixin, APIView):
    throttle_scope = "read"

    @extend_schema(operation_id="recommendations_taste_retrieve", responses=TasteSerializer, examples=[_KNOWN])
    def get(self, request: Request) -> Response:
        """What is known of your taste: the garments that stand for it, what made each of them, what it counts, and whom
        you hide."""
        return Response(_known(request))

    @extend_schema(
        operation_id="recommendations_taste_change",
        request=TasteChangeSerializer,
        responses=TasteSerializer,
        examples=[OpenApiExample("Nothing personal", {"personal": False}, request_only=True), _KNOWN],
    )
    def patch(self, request: Request) -> Response:
        """Switch the personal feed off, or on again.

        Off: the feed is what is popular and new, nothing that you do is stored, and what was is erased at once: views,
        clicks, what you said of photographs, what was shown to you, your taste. What you hide stays hidden; likes,
        searches and items are yours as before.
        """
        given = TasteChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        services.set_personal(user=_user(request), personal=given.validated_data["personal"])
        return Response(_known(request))

    @extend_schema(operation_id="recommendations_taste_reset", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Begin anew: what you have done until now counts no more.

        Views, clicks and what you said of photographs are erased; likes, searches, items and days worn stay, and only
        those to come are learnt from. What you hide stays hidden, and what was shown of late is not shown again yet.
        """
        services.reset_taste(user=_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class HiddenPhotos(ForTheReader, generics.GenericAPIView[Any]):
    throttle_scope = "read"
    pagination_class = NewestFirst
    serializer_class = HiddenPhotoSerializer
    queryset = Event.objects.none()

    @extend_schema(
        operation_id="recommendations_hidden_photos_list",
        responses=HiddenPhotoSerializer(many=True),
        examples=[OpenApiExample("A photograph", examples.HIDDEN_PHOTO, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """The photographs that you hide, the last hidden first.

        `DELETE recommendations/photos/{id}/feedback/` shows one again.
        """
        page = cast(list[Event], self.paginate_queryset(selectors.hidden_photos(_user(request))))
        liked = liked_among(request.user, [event.photo for event in page])
        context = {**self.get_serializer_context(), "liked": liked}
        return self.get_paginated_response(HiddenPhotoSerializer(page, many=True, context=context).data)


class HiddenPhotographerDetail(APIView):
    throttle_scope = "read"

    @extend_schema(operation_id="recommendations_hidden_photographers_show", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Show this photographer's photographs again. The ids are in your taste."""
        if pk > LARGEST_ID or not services.show_photographer(user=_user(request), hidden_id=pk):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


def _known(request: Request) -> dict[str, Any]:
    user = _user(request)
    state = services.taste_of(user=user)
    taste = stages.current(state)
    known = _Known(
        personal=state.row.personal,
        learnt_from=state.row.learnt_from,
        taste=taste,
        weights=WEIGHTS,
        garments=selectors.shown_garments(user, taste),
        hidden_photographers=list(selectors.hidden_photographers(user)),
    )
    data: dict[str, Any] = TasteSerializer(known, context={"request": request}).data
    return data


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission
