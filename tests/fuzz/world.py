"""Whom the fuzz signs in, what they have, and the ids that it puts into requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

import accounts.services
import outfits.selectors
import privacy.stages
from accounts.models import Scope, User
from catalog.models import Like, Photo, Product
from images.models import CutOut, Garment, Image, Purpose, Stage
from outfits import calendar_links
from outfits.cover_parts import digests, named, parts_of
from outfits.models import CalendarLink, Outfit, Piece, Plan
from privacy.models import Export
from recommendations.models import Event, HiddenPhotographer, Impression, Taste
from search.models import Search
from tests.privacy.conftest import garment, picture
from tests.search.conftest import alike, photo, product
from wardrobe.models import Care, CareDay, Item, ItemPicture, Tag, Upload, UploadPicture
from wardrobe.wearing import today

UNKNOWN = 2**31 - 1
DAY = "2026-03-01"


@dataclass
class World:
    """A user with a bit of everything, whose ids and a stranger's are put into requests."""

    session_token: str
    api_key: str
    own: dict[str, list[str]]
    """UUIDs by path parameter."""
    foreign: dict[str, list[str]]
    """A stranger's, and one of nobody."""
    numbers: dict[str, list[int]]
    """By the word before the id in the path."""
    two_pictures: dict[str, str]
    """Path parameters of an item that has a picture to spare."""
    tokens: list[str] = field(default_factory=list)
    """Of addresses that open a picture or the export without signing in."""
    cursors: list[str] = field(default_factory=list)
    """Of second pages of a search."""


@dataclass(frozen=True)
class Catalogue:
    """What is public, and a stranger's things. No request changes them."""

    shop: list[Product]
    shown: Photo
    others: dict[str, list[str]]


def stock() -> Catalogue:
    shop = [product(uuid4().hex, alike(similarity), category="tops") for similarity in (0.9, 0.8)]
    return Catalogue(shop, photo("A street", ("dresses", alike(0.7))), belongings(make_user()))


def build(catalogue: Catalogue) -> World:
    user = make_user()
    own = belongings(user)
    shop, shown, others = catalogue.shop, catalogue.shown, catalogue.others
    public = [str(shop[0].pictures.get().image_id), str(shown.image_id)]
    numbers = {
        "products": [one.pk for one in shop],
        "photos": [shown.pk, *Photo.objects.filter(image__owner=user).values_list("pk", flat=True)],
        "api-keys": list(user.api_keys.values_list("pk", flat=True)),
        "photographers": list(HiddenPhotographer.objects.filter(user=user).values_list("pk", flat=True)),
        "history": list(Search.objects.filter(user=user).values_list("pk", flat=True)),
    }
    Like.objects.create(user=user, product=shop[0])
    Like.objects.create(user=user, photo=shown)
    searching = accounts.services.create_api_key(owner=user, name="a website", scopes=[Scope.SEARCH])
    client = Client()
    client.force_login(user)
    token = client.session.session_key or ""
    foreign = {name: [others[name][0], str(uuid4())] for name in others}
    foreign["image_id"] += public
    foreign["uid"].append(str(shown.image.garments.get().uid))
    numbers = {word: [*ids, UNKNOWN] for word, ids in numbers.items()}
    spare = {"item_id": own["item_id"][0], "garment_id": own["garment_id"][0]}
    made = World(token, searching.token, own, foreign, numbers, spare)
    for path in (
        f"images/{own['image_id'][0]}/", f"garments/{own['uid'][0]}/", f"outfits/{own['outfit_id'][0]}/", "me/export/"
    ):  # fmt: skip
        made.tokens += sorted(tokens_in(client.get(f"/api/v1/{path}", headers={"X-Session-Token": token}).json()))
    first = client.post("/api/v1/search/", {"category": "tops", "limit": 1}, content_type="application/json")
    made.cursors = [first.json()["next"]]
    return made


def make_user() -> User:
    user = User(email=f"{uuid4().hex}@example.org", public_looks=True)
    user.set_unusable_password()
    user.save()
    return user


def belongings(user: User) -> dict[str, list[str]]:
    image, look = picture(user, shade=10), picture(user, shade=20, purpose=Purpose.LOOK, review="approved")
    waits = picture(user, shade=30)
    Image.objects.filter(pk=waits.pk).update(stage=Stage.STORED)
    shirt, trousers, dress = garment(image), garment(image, "trousers", 1), garment(look, "dresses")
    back, free, another = (garment(image, category, n) for n, category in enumerate(("tops", "skirts", "dresses"), 2))
    Garment.objects.filter(pk=shirt.pk).update(cut_out=CutOut.READY)
    default_storage.save(shirt.cut_out_name, ContentFile(b"WebP"))
    shown = Photo.objects.create(image=look, title="A look")
    Taste.objects.create(user=user)
    HiddenPhotographer.objects.create(user=user, photographer="Somebody")
    for signal in ("view", "hide"):
        Event.objects.create(user=user, photo=shown, signal=signal)
    Impression.objects.create(user=user, photo=shown, page=uuid4(), position=0, score=0.5)
    items = [
        Item.objects.create(owner=user, category=one.category, name=name, price="19.90", currency="EUR")
        for one, name in ((shirt, "the red one"), (trousers, "jeans"), (dress, ""))
    ]
    Tag.objects.create(item=items[0], name="holiday")
    for item, one in zip(items, (shirt, trousers, dress), strict=True):
        ItemPicture.objects.create(item=item, garment=one)
    ItemPicture.objects.create(item=items[0], garment=back, position=1)
    CareDay.objects.create(item=items[0], care=Care.WEAR, day=DAY)
    CareDay.objects.create(item=items[0], care=Care.WASH, day=DAY)
    outfit = Outfit.objects.create(owner=user, name="Mondays", occasion="office")
    for layer, one in enumerate(items[:2]):
        Piece.objects.create(outfit=outfit, item=one, x=0.1, y=0.1, width=0.4, layer=layer)
    [composed] = outfits.selectors.composed([outfit.pk])
    composed.cover = named(digests(parts_of(composed)))
    composed.save(update_fields=["cover"])
    default_storage.save(composed.cover_name, ContentFile(b"WebP"))
    plans = [Plan.objects.create(owner=user, outfit=outfit, day=day) for day in (DAY, today() + timedelta(days=3))]
    calendar = CalendarLink.objects.create(owner=user)
    upload = Upload.objects.create(owner=user)
    UploadPicture.objects.create(upload=upload, position=0, image=image)
    UploadPicture.objects.create(upload=upload, position=1, error="not a picture")
    Search.objects.create(user=user, target="products", image=image, garment=shirt, category="tops")
    Search.objects.create(user=user, target="photos", category="dresses", filters={"pattern": ["dot"]})
    accounts.services.create_api_key(owner=user, name="to revoke", scopes=[Scope.SEARCH])
    privacy.stages.write_export(Export.objects.create(owner=user).pk)
    garments = [str(one.uid) for one in (shirt, trousers, dress, back, free, another)]
    return {
        "uid": garments,
        "garment_id": list(garments),
        "image_id": [str(one.pk) for one in (image, look, waits)],
        "item_id": [str(one.pk) for one in items],
        "outfit_id": [str(outfit.pk)],
        "plan_id": [str(one.pk) for one in plans],
        "token": [calendar_links.token(calendar)],
        "upload_id": [str(upload.pk)],
    }


def tokens_in(body: Any) -> set[str]:
    """Of every address in an answer."""
    if isinstance(body, dict):
        return set().union(*map(tokens_in, body.values())) if body else set()
    if isinstance(body, list):
        return set().union(*map(tokens_in, body)) if body else set()
    return set(parse_qs(urlsplit(body).query).get("token", [])) if isinstance(body, str) and "token=" in body else set()
