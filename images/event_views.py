"""How far a picture is, as Server-Sent Events. While a client waits, its stream holds a thread and a Redis connection,
and none of the database."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from images import links, selectors
from images.events import CannotWatch, Places, Watch
from images.models import Garment, Image
from images.serializers import status_of
from images.views import TOKEN, AsItIs
from rest.addresses import client_address, network_of

RETRY_MS = 2_000  # after which a client comes back whose stream has ended
HEARTBEAT_S = 5.0  # a client that has left is noticed at the second one
FINAL = ("ready", "failed")

places = Places()


@dataclass(frozen=True, slots=True)
class State:
    """What is said of a picture. `garments`: how many are found in it."""

    id: str
    status: str
    error: str | None
    garments: int

    @property
    def final(self) -> bool:
        return self.status in FINAL


class ImageEvents(APIView):
    permission_classes = (AllowAny,)
    content_negotiation_class = AsItIs
    throttle_scope = "read"

    @extend_schema(
        operation_id="images_events",
        parameters=[
            TOKEN,
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="As EventSource sends it"),
        ],
        responses={
            (200, "text/event-stream"): OpenApiTypes.STR,
            204: OpenApiResponse(description="`Last-Event-ID` names the state in which it stays: do not come back"),
            503: OpenApiResponse(description="Too many streams are open, or Redis is away: poll, or try again"),
        },
        examples=[
            OpenApiExample(
                "A picture that is being described, and then is",
                "retry: 2000\n\n"
                "event: state\nid: processing\n"
                'data: {"id": "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81", "status": "processing", "error": null, '
                '"garments": 0}\n\n'
                "event: state\nid: ready\n"
                'data: {"id": "8d0f3c5a-2b1e-4f60-9a77-0c4d5e6f7a81", "status": "ready", "error": null, '
                '"garments": 2}\n\n',
                response_only=True,
                media_type="text/event-stream",
            )
        ],
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponseBase:
        """How far a picture is, as Server-Sent Events: an event `state` now and with each change, until `status` is
        `ready` or `failed`.

        The stream also ends after a minute; EventSource then comes back by itself. `event: gone` says that the picture
        was erased.
        """
        admitted = links.admitted(request, image_id, links.Form.EVENTS)
        if admitted is None:
            raise NotFound
        state = _state(image_id)
        if state is None:
            raise NotFound
        if state.final:
            if request.headers.get("Last-Event-ID") == state.status:
                return HttpResponse(status=204)
            return _as_event_stream(HttpResponse(f"{_head()}{_event(state)}"))
        stream = Stream(image_id, _watcher(request, admitted.image))
        _release_connections()
        return _as_event_stream(StreamingHttpResponse(stream))


class Stream(Iterator[bytes]):
    """The events of one picture. Has a place and a subscription from the start until `close`, even if never read.

    Raises CannotWatch.
    """

    def __init__(self, image_id: UUID, watcher: str) -> None:
        self._watcher = watcher
        places.take(watcher)
        try:
            self._watch = Watch(image_id)
        except BaseException:
            places.free(watcher)
            raise
        self._open = True
        self._events = _events(image_id, self._watch)

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        if self._open:
            self._open = False
            places.free(self._watcher)
            self._events.close()
            self._watch.close()


def _events(image_id: UUID, watch: Watch) -> Generator[bytes, None, None]:
    yield _head().encode()
    ends = time.monotonic() + settings.SSE_MAX_S
    said: State | None = None
    while True:
        try:
            # Also where nothing was heard: Redis may have lost a message.
            state = _state(image_id)
        except OperationalError:
            return
        finally:
            _release_connections()
        if state is None:
            yield b"event: gone\ndata: {}\n\n"
            return
        if state != said:
            said = state
            yield _event(state).encode()
        left = ends - time.monotonic()
        if state.final or left <= 0:
            return
        try:
            heard = watch.wait(timeout_s=min(HEARTBEAT_S, left))
        except CannotWatch:
            return
        if not heard:
            yield b":\n\n"


def _state(image_id: UUID) -> State | None:
    image = selectors.unexpired_image(image_id)
    if image is None:
        return None
    status = status_of(image)
    garments = Garment.objects.filter(image=image).count() if status in FINAL else 0
    return State(str(image.pk), status, image.error or None, garments)


def _head() -> str:
    return f"retry: {RETRY_MS}\n\n"


def _event(state: State) -> str:
    return f"event: state\nid: {state.status}\ndata: {json.dumps(asdict(state))}\n\n"


def _as_event_stream(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Type"] = "text/event-stream"
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    return response


def _watcher(request: Request, image: Image) -> str:
    """Whose streams are counted together. A token speaks for the picture's owner."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    if image.owner_id is not None:
        return f"user {image.owner_id}"
    return f"address {network_of(client_address(request))}"


def _release_connections() -> None:
    """Give back what this thread holds of the database."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
