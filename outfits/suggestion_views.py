"""What goes with a garment, and a photograph completed from one's own wardrobe, over HTTP."""

from __future__ import annotations

from typing import Any, Final, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import catalog.selectors
import images.selectors
from accounts.models import User
from catalog.liking import liked_among
from catalog.serializers import PhotoSerializer
from images import queries
from images.index import model_version
from images.queries import Query
from images.serializers import GarmentSerializer
from outfits import suggestion_examples as examples
from outfits import suggestion_serializers as serializers
from outfits.answers import Answering
from outfits.dressing import for_garments, for_suggestions
from outfits.figures import figures
from outfits.suggesting import suggest_outfits
from outfits.suggestions import Suggestion
from rest.parameters import parameters
from wardrobe.models import Item, ItemPicture

SEPARATOR: Final = "."
_AWAY: Final = OpenApiResponse(description="Milvus is away for a moment")
_NOT_READY: Final = OpenApiResponse(description="The garment is being described anew")


class Suggestions(APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_suggestions",
        parameters=[serializers.SuggestionParameters],
        responses={
            200: serializers.SuggestionsSerializer,
            404: OpenApiResponse(description="No such garment or item, or another user's"),
            409: _NOT_READY,
            422: OpenApiResponse(description="The item has no picture to ask with"),
            503: _AWAY,
        },
        examples=[
            OpenApiExample("With a navy coat", examples.SUGGESTIONS, response_only=True),
            OpenApiExample("Nobody wears the like", examples.NONE, response_only=True),
        ],
    )
    def get(self, request: Request) -> Response:
        """What people wear with such a garment, as formulas: the most telling first, at most twelve.

        Of each part you learn what of your own can be worn for it, and what shops have where there is nothing.
        """
        query = _asked(_user(request), parameters(request, serializers.SuggestionParameters))
        suggested = suggest_outfits(query=query)
        dressed = for_suggestions(_user(request), suggested, model_version=query.model_version)
        answering = Answering(request, dressed)
        own = ItemPicture.objects.filter(garment=query.garment.pk, item__owner=_user(request)).exists()
        results = [
            {"id": f"{query.garment.uid}{SEPARATOR}{one.key}", **answering.formula(one, suggested, asked_is_own=own)}
            for one in suggested.suggestions
        ]
        return Response(
            {
                "garment": str(query.garment.uid),
                "photographs": len(suggested.photographs),
                "reason": suggested.reason,
                "results": results,
            }
        )


class SuggestionPhotos(APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_suggestions_photos",
        parameters=[serializers.PhotoParameters],
        responses={
            200: serializers.FormulaPhotosSerializer,
            404: OpenApiResponse(description="No such suggestion, or not any more"),
            409: _NOT_READY,
            503: _AWAY,
        },
        examples=[OpenApiExample("One photograph", examples.PHOTOS, response_only=True)],
    )
    def get(self, request: Request, suggestion_id: str) -> Response:
        """The photographs of one formula, those with the most similar garment first."""
        given = parameters(request, serializers.PhotoParameters)
        start, limit = given["offset"], given["limit"]
        one = _suggestion(_user(request), suggestion_id)
        shown = one.photographs[start : start + limit]
        garments = images.selectors.public_garments({pk for _, worn in shown for pk in worn})
        photos = catalog.selectors.photos().filter(image__in=[image for image, _ in shown])
        by_image = {photo.image_id: photo for photo in photos}
        context = {"request": request, "liked": liked_among(request.user, list(by_image.values()))}
        results = [
            {
                "photo": PhotoSerializer(by_image[image], context=context).data,
                "garments": GarmentSerializer(
                    [garments[pk] for pk in worn if pk in garments], many=True, context=context
                ).data,
            }
            for image, worn in shown
            if image in by_image
        ]
        further = start + limit < len(one.photographs)
        return Response({"next": start + limit if further else None, "results": results})


class Completion(APIView):
    throttle_scope = "read"

    @extend_schema(
        operation_id="outfits_matches",
        request=serializers.CompletionSerializer,
        responses={
            200: serializers.CompletionAnswerSerializer,
            404: OpenApiResponse(description="No such photograph"),
            422: OpenApiResponse(description="No garment was found in the photograph"),
        },
        examples=[
            OpenApiExample("This photograph", {"photo": 81}, request_only=True),
            OpenApiExample("Half of it is there", examples.COMPLETION, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Complete a photograph from your wardrobe: for each garment your nearest item, and products for the rest."""
        given = serializers.CompletionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        photo = catalog.selectors.photos().filter(pk=given.validated_data["photo"]).first()
        if photo is None:
            raise NotFound
        garments = list(photo.image.garments.select_related("descriptor", "image__owner"))
        if not garments:
            raise queries.NothingToSearch("no garment was found in the photograph")
        dressed = for_garments(_user(request), garments, model_version=model_version())
        answering = Answering(request, dressed)
        people = [answering.person(figure.garments) for figure in figures(garments)]
        people.sort(key=lambda person: (-person["coverage"], -len(person["garments"])))
        context = {"request": request, "liked": liked_among(request.user, [photo])}
        body = {
            "photo": PhotoSerializer(photo, context=context).data,
            "coverage": people[0]["coverage"],
            "people": people,
        }
        return Response(body)


def _asked(owner: User, given: dict[str, Any]) -> Query:
    """Raises NotFound, UnknownPicture, NotReady and NothingToSearch."""
    if "garment" in given:
        return queries.by_garment(owner, given["garment"])
    item = Item.objects.filter(owner=owner, pk=given["item"]).first()
    if item is None:
        raise NotFound
    cover = item.pictures.select_related("garment").first()
    if cover is None:
        raise queries.NothingToSearch("the item has no picture; add one, then ask again")
    return queries.by_garment(owner, cover.garment.uid)


def _suggestion(owner: User, suggestion_id: str) -> Suggestion:
    """Raises NotFound, UnknownPicture, NotReady and IndexAway."""
    uid, _, key = suggestion_id.partition(SEPARATOR)
    try:
        garment = UUID(uid)
    except ValueError as error:
        raise NotFound from error
    suggested = suggest_outfits(query=queries.by_garment(owner, garment))
    for one in suggested.suggestions:
        if one.key == key:
            return one
    raise NotFound


def _user(request: Request) -> User:
    return cast(User, request.user)  # IsAuthenticated is the default permission
