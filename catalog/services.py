"""The only writers of products and photographs: imports, one batch a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import IntegrityError, transaction

import images.services
from catalog.feeds import Credit, FeedProduct
from catalog.models import Photo, Product, ProductPicture
from images.models import Image, Kind, Stage
from images.services import NewPicture
from mlcore.images import TooLarge, TooSmall, Unreadable

REFUSED = (Unreadable, TooLarge, TooSmall, OSError)


@dataclass(slots=True)
class Outcome:
    """What became of a batch: pictures that are now to be described, rows that changed nothing, and refusals."""

    images: list[Image] = field(default_factory=list)
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    """Reason by the name that the caller gave."""


def import_products(products: Sequence[FeedProduct]) -> Outcome:
    """Store products with their pictures and queue the description, all in one transaction.

    A product that is there (same sku) is updated; its picture is only described again if its bytes changed.
    """
    outcome = Outcome()
    there = {
        p.sku: p for p in Product.objects.filter(sku__in=[p.sku for p in products]).prefetch_related("pictures__image")
    }
    prepared: list[tuple[FeedProduct, Image]] = []
    updates: list[tuple[FeedProduct, Product]] = []
    seen: set[str] = set()
    with _files_go_on_failure() as files:
        for product in products:
            if product.sku in seen:
                outcome.refused[product.sku] = "the feed names this sku twice"
                continue
            seen.add(product.sku)
            known = there.get(product.sku)
            try:
                if known is not None and _main_digest(known) == _digest(product):
                    updates.append((product, known))
                else:
                    prepared.append((product, _prepare(product)))
                    files.append(prepared[-1][1])
            except REFUSED as error:
                outcome.refused[product.sku] = str(error)
        with transaction.atomic():
            transaction.on_commit(files.clear)
            for product, image in prepared:
                image.save(force_insert=True)
                row = _save(product, there.get(product.sku))
                for old in row.pictures.filter(position=0).select_related("image"):
                    images.services.erase_images(images=[old.image])
                ProductPicture.objects.create(product=row, image=image, position=0)
                outcome.images.append(image)
            for product, row in updates:
                _update(product, row, outcome)
            images.services.queue_description(outcome.images)
    return outcome


def import_photos(photos: Iterable[tuple[str, IO[bytes], Credit]]) -> Outcome:
    """Store street photographs, (name, file, credit) each. Bytes that are there already are left as they are."""
    outcome = Outcome()
    prepared: dict[str, tuple[Image, Credit]] = {}
    with _files_go_on_failure() as files:
        for name, file, credit in photos:
            try:
                image = images.services.prepare_catalogue_image(NewPicture(file=file, kind=Kind.PHOTO))
            except REFUSED as error:
                outcome.refused[name] = str(error)
                continue
            files.append(image)
            if image.digest in prepared or Image.objects.filter(kind=Kind.PHOTO, digest=image.digest).exists():
                images.services.discard_files([image])
                outcome.unchanged += 1
            else:
                prepared[image.digest] = (image, credit)
        with transaction.atomic():
            transaction.on_commit(files.clear)
            for image, credit in prepared.values():
                try:
                    with transaction.atomic():
                        image.save(force_insert=True)
                except IntegrityError:  # another import was a moment faster
                    images.services.discard_files([image])
                    outcome.unchanged += 1
                    continue
                Photo.objects.create(
                    image=image,
                    title=credit.title,
                    photographer=credit.photographer,
                    licence=credit.licence,
                    licence_url=credit.licence_url,
                    source=credit.source,
                )
                outcome.images.append(image)
            images.services.queue_description(outcome.images)
    return outcome


@contextmanager
def _files_go_on_failure() -> Iterator[list[Image]]:
    """Pictures whose files go if the block fails. The block empties the list once their rows are committed: what fails
    after that, in the queue or by Ctrl-C, must not leave rows without files."""
    prepared: list[Image] = []
    try:
        yield prepared
    except BaseException:
        images.services.discard_files(prepared)
        raise


def _prepare(product: FeedProduct) -> Image:
    with product.file.open("rb") as file:
        return images.services.prepare_catalogue_image(
            NewPicture(
                file=file,
                kind=Kind.PRODUCT,
                subject=product.category,
                price=None if product.price is None else float(product.price),
                in_stock=product.in_stock,
            )
        )


def _fields(product: FeedProduct) -> dict[str, Any]:
    return {
        "title": product.title,
        "brand": product.brand,
        "description": product.description,
        "category": product.category.value if product.category else "",
        "price": product.price,
        "currency": product.currency,
        "in_stock": product.in_stock,
        "url": product.url,
        "licence": product.licence,
        "source": product.source,
    }


def _save(product: FeedProduct, known: Product | None) -> Product:
    row = known or Product(sku=product.sku)
    for name, value in _fields(product).items():
        setattr(row, name, value)
    row.save()
    return row


def _update(product: FeedProduct, row: Product, outcome: Outcome) -> None:
    changed = {name for name, value in _fields(product).items() if getattr(row, name) != value}
    if not changed:
        outcome.unchanged += 1
        return
    _save(product, row)
    pictures = [picture.image for picture in row.pictures.all()]
    if changed & {"price", "in_stock"}:
        price = None if product.price is None else float(product.price)
        images.services.set_offer(images=pictures, price=price, in_stock=product.in_stock)
    if "category" in changed:
        outcome.images += images.services.describe_again(images=pictures, subject=product.category)


def _main_digest(product: Product) -> str | None:
    pictures = product.pictures.all()
    if not pictures or pictures[0].image.stage == Stage.FAILED:  # the same bytes again ask for another try
        return None
    return pictures[0].image.digest


def _digest(product: FeedProduct) -> str:
    digest = hashlib.sha256()
    with product.file.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
