"""Two users with the same kinds of things, and every operation of the API with what another's ids get there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

import accounts.services
from accounts.models import Scope, User
from catalog.models import Like, Photo
from images.models import Purpose, Review
from moderation.models import Decision, Report
from privacy.models import Export
from privacy.tables import TABLES
from recommendations.models import HiddenPhotographer
from search.models import Search
from tests.catalog import rows
from tests.fuzz.world import DAY, belongings
from tests.privacy.conftest import garment, picture

API = "/api/v1/"
BOX = {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.4}
UNKNOWN = 2**31 - 1


@dataclass(frozen=True)
class Ids:
    """Of one person's things. All but `look`, `look_garment` and `product` are for the owner alone."""

    image: str
    waiting: str
    """A picture that is not described."""
    rejected: str
    """A look that moderators took back, and `photo` is where it was shown."""
    photo: int
    garment: str
    """In `image`; shows `item`, has a cut-out."""
    spare: str
    """In `image`; shows no item."""
    item: str
    upload: str
    outfit: str
    plan: str
    key: int
    search: int
    look: str
    look_garment: str
    product: int
    """One that the person likes."""
    hidden: int
    """A photographer that the person hides."""

    def secrets(self) -> set[str]:
        texts = (self.image, self.waiting, self.rejected, self.garment, self.spare, self.item, self.upload)
        return {*texts, self.outfit, self.plan}


def nobodys() -> Ids:
    """Well-formed ids of what is not there."""
    texts = {name: str(uuid4()) for name, kind in Ids.__annotations__.items() if kind == "str"}
    return Ids(**texts, **{name: UNKNOWN for name, kind in Ids.__annotations__.items() if kind == "int"})


def settle(user: User) -> Ids:
    """Give the user a bit of everything."""
    own = belongings(user)
    rejected = picture(user, shade=40, purpose=Purpose.LOOK, review=Review.REJECTED)
    garment(rejected, "skirts")
    product = rows.product(f"liked by {user.pk}")
    Like.objects.create(user=user, product=product)
    return Ids(
        image=own["image_id"][0],
        look=own["image_id"][1],
        waiting=own["image_id"][2],
        rejected=str(rejected.pk),
        photo=Photo.objects.create(image=rejected, title="Taken back").pk,
        garment=own["uid"][0],
        look_garment=own["uid"][2],
        spare=own["uid"][4],
        item=own["item_id"][0],
        upload=own["upload_id"][0],
        outfit=own["outfit_id"][0],
        plan=own["plan_id"][0],
        key=accounts.services.create_api_key(owner=user, name="a shop", scopes=[Scope.SEARCH]).key.pk,
        search=Search.objects.filter(user=user).earliest("pk").pk,
        product=product.pk,
        hidden=HiddenPhotographer.objects.get(user=user).pk,
    )


def fingerprint(user: User) -> dict[str, tuple[int, str]]:
    """How many rows of each table are the user's, and a digest of all that is in them."""
    queries = {table.label: table.rows(user) for table in TABLES}
    queries["privacy.export"] = Export.objects.filter(owner=user)
    queries["reports of pictures"] = Report.objects.filter(image__owner=user)
    queries["decisions"] = Decision.objects.filter(image__owner=user)
    found = {label: sorted(map(repr, query.values_list())) for label, query in queries.items()}
    return {label: (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()) for label, rows in found.items()}


class Kind(StrEnum):
    """What Eve and an anonymous client get at an operation, with Ada's ids."""

    OPEN = "open to all"
    """200 for both: nothing in it is one person's."""
    OWN = "the own"
    """Takes no id of a person's thing. Eve gets what is hers, an anonymous client 401."""
    THING = "a thing of one person"
    """404 and 401."""
    SHOWN = "open, but not this"
    """404 for both: some of the things are public, Ada's are not. Also what an <img> loads."""


@dataclass(frozen=True)
class Attempt:
    body: dict[str, Any] | None = None
    where: dict[str, str | int] = field(default_factory=dict)
    """Path parameters that are not those of `parameters`."""


Ask = Callable[[Ids, Ids], Attempt]
"""From the ids that are asked for and those of who asks."""


@dataclass(frozen=True)
class Case:
    """`asks`: with each of them the answer is that of `kind`. Ids of nobody's get the same answer, to the letter."""

    kind: Kind
    asks: tuple[Ask, ...]


def case(kind: Kind, *asks: Ask) -> Case:
    return Case(kind, asks or (lambda them, me: Attempt(),))


def body(**fixed: Any) -> Ask:
    return lambda them, me: Attempt(fixed)


def in_body(name: str, *things: str, many: bool = False, **fixed: Any) -> tuple[Ask, ...]:
    """The id of each of their `things` as the field `name`; the path is of my own things."""

    def ask(thing: str) -> Ask:
        def attempt(them: Ids, me: Ids) -> Attempt:
            given = getattr(them, thing)
            return Attempt({name: [given] if many else given, **fixed}, {"item_id": me.item})

        return attempt

    return tuple(ask(thing) for thing in things)


def at(parameter: str, *things: str, **fixed: Any) -> tuple[Ask, ...]:
    """Each of their `things` in the path."""

    def ask(thing: str) -> Ask:
        return lambda them, me: Attempt(fixed or None, {parameter: getattr(them, thing)})

    return tuple(ask(thing) for thing in things)


OPEN, OWN, THING, SHOWN = Kind
PICTURES, GARMENTS = ("image", "waiting", "rejected"), ("garment", "spare")
IMAGE, GARMENT, ITEM = "images/{image_id}/", "garments/{uid}/", "wardrobe/items/{item_id}/"
OUTFIT, PLAN = "outfits/{outfit_id}/", "plans/{plan_id}/"

CASES: Final[dict[tuple[str, str], Case]] = {
    ("get", "calendars/{token}.ics"): case(SHOWN),  # the address is the key; see test_calendar for false ones
    ("get", GARMENT): case(SHOWN, *at("uid", *GARMENTS)),
    ("patch", GARMENT): case(THING, *at("uid", *GARMENTS, "look_garment", category="skirts")),
    ("delete", GARMENT): case(THING, *at("uid", *GARMENTS, "look_garment")),
    ("get", f"{GARMENT}cut-out/"): case(SHOWN, *at("uid", *GARMENTS)),
    ("put", f"{GARMENT}cut-out/"): case(THING, *at("uid", *GARMENTS, "look_garment")),
    ("delete", f"{GARMENT}cut-out/"): case(THING, *at("uid", *GARMENTS, "look_garment")),
    ("post", "images/"): case(OWN, body(purpose="wardrobe")),  # a picture in truth; see `send`
    ("get", IMAGE): case(SHOWN, *at("image_id", *PICTURES)),
    ("delete", IMAGE): case(THING, *at("image_id", *PICTURES, "look")),
    ("get", f"{IMAGE}events/"): case(SHOWN, *at("image_id", *PICTURES)),
    ("get", f"{IMAGE}file/"): case(SHOWN, *at("image_id", *PICTURES)),
    ("get", f"{IMAGE}thumbnail/"): case(SHOWN, *at("image_id", *PICTURES)),
    ("post", f"{IMAGE}garments/"): case(THING, *at("image_id", *PICTURES, "look", box=BOX, category="skirts")),
    ("get", "likes/"): case(OWN),
    ("get", "me/"): case(OWN),
    ("patch", "me/"): case(OWN, body(name="Eve", keeps_history=False)),
    ("delete", "me/"): case(OWN),
    ("get", "me/api-keys/"): case(OWN),
    ("post", "me/api-keys/"): case(OWN, body(name="a website", scopes=["search"])),
    ("delete", "me/api-keys/{id}/"): case(THING, *at("id", "key")),
    ("get", "me/export/"): case(OWN),
    ("post", "me/export/"): case(OWN),
    ("delete", "me/export/"): case(THING),  # Eve has none
    ("get", "me/export/file/"): case(SHOWN),
    ("get", "outfits/"): case(OWN),
    ("post", "outfits/"): case(
        THING,
        lambda them, me: Attempt({"items": [{"item": them.item}]}),
        lambda them, me: Attempt({"items": [{"item": me.item}, {"item": them.item, "x": 0, "y": 0, "width": 1}]}),
    ),
    ("get", OUTFIT): case(THING),
    ("patch", OUTFIT): case(
        THING,
        body(name="mine now"),
        lambda them, me: Attempt({"items": [{"item": me.item}]}),
        lambda them, me: Attempt({"items": [{"item": them.item}]}, {"outfit_id": me.outfit}),
    ),
    ("delete", OUTFIT): case(THING),
    ("post", f"{OUTFIT}clone/"): case(THING, body(), body(name="mine now")),
    ("get", f"{OUTFIT}cover/"): case(SHOWN),
    ("post", f"{OUTFIT}wears/"): case(THING, body(), body(day="2026-03-02")),
    ("get", "outfits/calendar/"): case(OWN),
    ("post", "outfits/calendar/"): case(OWN, body(), body(renew=True)),
    ("delete", "outfits/calendar/"): case(OWN),
    ("post", "outfits/capsules/"): case(
        THING,
        *in_body("must_have", "item", many=True, days=3),
        *in_body("leave_out", "item", many=True, days=3),
        lambda them, me: Attempt({"days": 3, "must_have": [me.item, them.item]}),
    ),
    ("post", "outfits/matches/"): case(THING, *in_body("photo", "photo")),
    ("get", "outfits/suggestions/"): case(THING, *in_body("garment", *GARMENTS), *in_body("item", "item")),
    ("get", "outfits/suggestions/{suggestion_id}/photos/"): case(THING),
    ("get", "outfits/versatility/"): case(OWN),
    ("get", "photos/"): case(OPEN),
    ("get", "photos/{id}/"): case(SHOWN, *at("id", "photo")),
    ("put", "photos/{id}/like/"): case(THING, *at("id", "photo")),
    ("delete", "photos/{id}/like/"): case(THING, *at("id", "photo")),
    ("get", "plans/"): case(OWN),
    ("post", "plans/"): case(THING, *in_body("outfit", "outfit", day=DAY)),
    ("get", PLAN): case(THING),
    ("patch", PLAN): case(
        THING,
        body(notes="mine now"),
        lambda them, me: Attempt({"outfit": me.outfit}),
        lambda them, me: Attempt({"outfit": them.outfit}, {"plan_id": me.plan}),
    ),
    ("delete", PLAN): case(THING),
    ("post", f"{PLAN}wears/"): case(THING),
    ("get", "products/"): case(OPEN),
    ("get", "products/{id}/"): case(OPEN, *at("id", "product")),
    ("put", "products/{id}/like/"): case(OWN, *at("id", "product")),
    ("delete", "products/{id}/like/"): case(OWN, *at("id", "product")),
    ("post", "recommendations/events/"): case(
        OWN, lambda them, me: Attempt({"events": [{"photo": them.photo, "signal": "view"}]})
    ),
    ("delete", "recommendations/hidden/photographers/{id}/"): case(THING, *at("id", "hidden")),
    ("get", "recommendations/hidden/photos/"): case(OWN),
    ("get", "recommendations/photos/"): case(OWN),
    ("post", "recommendations/photos/{id}/feedback/"): case(
        THING, *at("id", "photo", signal="more"), *at("id", "photo", signal="hide_photographer")
    ),
    ("delete", "recommendations/photos/{id}/feedback/"): case(THING, *at("id", "photo")),
    ("get", "recommendations/taste/"): case(OWN),
    ("patch", "recommendations/taste/"): case(OWN, body(personal=False)),
    ("delete", "recommendations/taste/"): case(OWN),
    ("post", "reports/"): case(THING, *in_body("image", *PICTURES, reason="other")),
    ("post", "search/"): case(
        SHOWN,
        *in_body("garment", *GARMENTS),
        *in_body("image", *PICTURES),
        *in_body("image", *PICTURES, box=BOX, category="tops"),
        *in_body("image", *PICTURES, garments="all"),
    ),
    ("get", "search/history/"): case(OWN),
    ("delete", "search/history/"): case(OWN),
    ("delete", "search/history/{id}/"): case(THING, *at("id", "search")),
    ("get", "search/pages/{cursor}/"): case(SHOWN),  # a cursor cannot be guessed; pages hold what is public
    ("get", "wardrobe/items/"): case(OWN),
    ("post", "wardrobe/items/"): case(
        THING,
        *in_body("garment", *GARMENTS, "look_garment"),
        *in_body("garments", *GARMENTS, "look_garment", many=True),
        lambda them, me: Attempt({"garments": [me.spare, them.spare]}),
    ),
    ("get", ITEM): case(THING),
    ("patch", ITEM): case(THING, body(name="mine now"), lambda them, me: Attempt({"cover": me.garment})),
    ("delete", ITEM): case(THING),
    ("post", f"{ITEM}merge/"): case(
        THING,
        *in_body("items", "item", many=True),
        lambda them, me: Attempt({"items": [me.item]}),
        lambda them, me: Attempt({"items": [str(uuid4())]}),
    ),
    ("post", f"{ITEM}pictures/"): case(
        THING,
        *in_body("garment", *GARMENTS, "look_garment"),
        lambda them, me: Attempt({"garment": me.spare}),
        lambda them, me: Attempt({"garment": them.spare}),
    ),
    ("delete", f"{ITEM}pictures/{{garment_id}}/"): case(
        THING,
        lambda them, me: Attempt(),
        lambda them, me: Attempt(where={"item_id": me.item}),
        lambda them, me: Attempt(where={"garment_id": me.garment}),
    ),
    ("get", f"{ITEM}washes/"): case(THING),
    ("post", f"{ITEM}washes/"): case(THING, body(day="2026-03-02")),
    ("delete", f"{ITEM}washes/{{day}}/"): case(THING),
    ("get", f"{ITEM}wears/"): case(THING),
    ("post", f"{ITEM}wears/"): case(THING, body(day="2026-03-02"), body(day=DAY)),
    ("delete", f"{ITEM}wears/{{day}}/"): case(THING),
    ("post", "wardrobe/matches/"): case(
        THING,
        *in_body("garment", *GARMENTS),
        *in_body("image", *PICTURES),
        *in_body("image", *PICTURES, box=BOX, category="tops"),
    ),
    ("get", "wardrobe/statistics/"): case(OWN),
    ("get", "wardrobe/uploads/"): case(OWN),
    ("post", "wardrobe/uploads/"): case(OWN, body()),
    ("get", "wardrobe/uploads/{upload_id}/"): case(THING),
    ("post", "wardrobe/wears/"): case(
        THING,
        *in_body("items", "item", many=True, day="2026-03-02"),
        lambda them, me: Attempt({"items": [me.item, them.item], "day": "2026-03-02"}),
    ),
}  # fmt: skip


def where(path: str, them: Ids, attempt: Attempt, cursor: str = "none") -> str:
    """The address of an attempt."""
    parameters = {
        "uid": them.garment, "garment_id": them.garment, "image_id": them.image, "item_id": them.item,
        "upload_id": them.upload, "outfit_id": them.outfit, "plan_id": them.plan, "token": "none",
        "suggestion_id": f"{them.garment}.0123456789abcdef", "day": DAY,
        "cursor": cursor, **attempt.where,
    }  # fmt: skip
    return API + path.format(**parameters)


def spelt_otherwise(value: Any) -> Iterable[Any]:
    """A body with its UUIDs in other ways in which a parser takes them."""
    for spell in (str.upper, lambda text: text.replace("-", ""), lambda text: f"urn:uuid:{text}"):
        yield _respelt(value, spell)


def _respelt(value: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _respelt(one, spell) for name, one in value.items()}
    if isinstance(value, list):
        return [_respelt(one, spell) for one in value]
    return spell(value) if isinstance(value, str) and UUID.fullmatch(value) else value


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def without_ids(text: str) -> str:
    """What is the same for whatever id was asked for."""
    return re.sub(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}", "ID", text)
