"""Uploads as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rest_framework import serializers

from images.models import CATEGORY_CHOICES
from images.serializers import STATUSES, GarmentSerializer, ImageSummarySerializer, status_of
from rest.serializers import StrictSerializer
from wardrobe.models import UploadPicture
from wardrobe.proposals import Proposal
from wardrobe.selectors import UploadView
from wardrobe.uploading import MOST_FILES


class UploadCreationSerializer(StrictSerializer):
    files = serializers.ListField(
        # An empty file is answered for itself, like any other that is no picture.
        child=serializers.FileField(allow_empty_file=True),
        min_length=1,
        max_length=MOST_FILES,
        help_text="JPEG, PNG, WebP or HEIC, each in a part `files` of its own",
    )


class UploadGarmentSerializer(GarmentSerializer):
    item = serializers.UUIDField(allow_null=True, help_text="the item that it shows already")


class UploadPictureSerializer(serializers.Serializer[Any]):
    """`duplicate`: these bytes were there before, from an earlier upload or earlier in this one."""

    position = serializers.IntegerField()
    status = serializers.ChoiceField(STATUSES)
    image = ImageSummarySerializer(allow_null=True)
    duplicate = serializers.BooleanField()
    error = serializers.CharField(allow_null=True)
    garments = UploadGarmentSerializer(many=True)

    def to_representation(self, picture: UploadPicture) -> dict[str, Any]:
        image, items = picture.image, self.context["items"]
        return {
            "position": picture.position,
            "status": _status(picture),
            "image": ImageSummarySerializer(image, context=self.context).data if image else None,
            "duplicate": picture.duplicate,
            "error": picture.error or (image.error if image else "") or None,
            "garments": [
                {
                    **GarmentSerializer(garment, context=self.context).data,
                    "item": str(items[garment.pk]) if garment.pk in items else None,
                }
                for garment in (image.garments.all() if image else ())
            ],
        }


class ProposalSerializer(serializers.Serializer[Any]):
    """One thing, for `POST wardrobe/items/`. What is an item already is not proposed."""

    garments = serializers.ListField(child=serializers.UUIDField(), help_text="the best picture first")
    category = serializers.ChoiceField(CATEGORY_CHOICES)
    name = serializers.CharField()
    confidence = serializers.FloatField(help_text="0..1: the weakest of what the proposal rests on")
    own_item = serializers.UUIDField(allow_null=True, help_text="the item of yours that it seems to be")

    def to_representation(self, proposal: Proposal) -> dict[str, Any]:
        return {
            "garments": [str(uid) for uid in proposal.garments],
            "category": proposal.category.value,
            "name": proposal.name,
            "confidence": proposal.confidence,
            "own_item": str(proposal.own_item) if proposal.own_item else None,
        }


class ProgressSerializer(serializers.Serializer[Any]):
    queued = serializers.IntegerField()
    processing = serializers.IntegerField()
    ready = serializers.IntegerField()
    failed = serializers.IntegerField()


class UploadSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    ready = serializers.BooleanField(help_text="nothing is in work any more")
    progress = ProgressSerializer()

    def to_representation(self, view: UploadView) -> dict[str, Any]:
        progress = Counter(_status(picture) for picture in view.pictures)
        return {
            "id": str(view.upload.pk),
            "created_at": serializers.DateTimeField().to_representation(view.upload.created_at),
            "ready": in_work(view) == 0,
            "progress": {status: progress[status] for status in STATUSES},
        }


class UploadSerializer(UploadSummarySerializer):
    pictures = UploadPictureSerializer(many=True)
    proposals = ProposalSerializer(many=True)

    def to_representation(self, view: UploadView) -> dict[str, Any]:
        context = {**self.context, "items": view.items}
        return {
            **super().to_representation(view),
            "pictures": UploadPictureSerializer(view.pictures, many=True, context=context).data,
            "proposals": ProposalSerializer(view.proposals, many=True).data,
        }


def in_work(view: UploadView) -> int:
    """How many pictures are not at their end."""
    return sum(_status(picture) in ("queued", "processing") for picture in view.pictures)


def _status(picture: UploadPicture) -> str:
    return "failed" if picture.image is None else status_of(picture.image)
