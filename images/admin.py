"""Pictures and garments for moderators to look at. What they decide is the business of `moderation`."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from images import screening, services, thumbnails
from images.models import Correction, Descriptor, Garment, Image, Stage
from images.screening import Verdict
from mlcore.types import Category

PAGE_SIDE = thumbnails.SIDES[-1]
COLOURS = {
    Category.TOPS: "#2f9e44",
    Category.OUTERWEAR: "#1971c2",
    Category.TROUSERS: "#e8590c",
    Category.SKIRTS: "#9c36b5",
    Category.DRESSES: "#e03131",
    Category.ROMPERS: "#0c8599",
}
ACROSS = 1000  # units of the drawing over a picture
LETTER = 26


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A row is shown, not edited: its state belongs to the pipeline. `id_fields`: UUIDs that the search finds whole."""

    id_fields: tuple[str, ...] = ()

    class Media:
        css: ClassVar = {"all": ("images/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.change_image")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("images.delete_image")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        try:
            wanted = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        found = Q()
        for name in self.id_fields:
            found |= Q(**{name: wanted})
        if not found:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(found), False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a thing, without a form."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def thumbnail_of(image: Image | None, *, height: int = 72) -> SafeString:
    """Nothing to see of what no worker could look at."""
    if image is None or not seen(image):
        return format_html('<span class="no-picture">{}</span>', "–")
    return format_html(
        '<img class="thumbnail" src="{}" height="{}" loading="lazy" alt="">',
        reverse("image-thumbnail", args=[image.pk]),
        height,
    )


def seen(image: Image) -> bool:
    """Whether there is a thumbnail: of what is described, and of what its safety score ended."""
    return image.stage in (Stage.DESCRIBED, Stage.READY) or (image.stage == Stage.FAILED and image.safety is not None)


def link_to(row: Model | None, text: object = None) -> SafeString:
    """To the row's own page in the admin."""
    if row is None:
        return format_html("{}", "–")
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(page, args=[row.pk]), str(row) if text is None else text)


def swatches_of(colours: list[dict[str, Any]]) -> SafeString:
    """Drawn, as a style attribute is what a strict Content-Security-Policy forbids."""
    square = (
        '<svg class="swatch" width="12" height="12"><rect width="12" height="12" fill="{}" stroke="#888"/></svg> {}'
    )
    return format_html_join(" ", square, ((colour["hex"], colour["name"]) for colour in colours))


def moment(time: datetime) -> SafeString:
    """Short enough for a list."""
    short = formats.date_format(timezone.localtime(time), "j M Y, H:i")
    return format_html('<time class="moment" datetime="{}">{}</time>', time.isoformat(), short)


def labels_of(garment: Garment) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')}: {label['value']} {label['confidence']:.2f}"
        for name, label in garment.labels.items()
    )


def with_garments(image: Image) -> SafeString:
    """The picture with the boxes of its garments drawn over it."""
    if not seen(image):
        return thumbnail_of(image)
    down = round(ACROSS * image.height / image.width)
    return format_html(
        '<figure class="garments"><img src="{}?w={}" width="{}" height="{}" alt="">'
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="garments">{}</svg></figure>',
        reverse("image-thumbnail", args=[image.pk]), PAGE_SIDE, image.width, image.height, ACROSS, down,
        format_html_join("", "{}", ((_box(garment, down),) for garment in image.garments.all())),
    )  # fmt: skip


def _box(garment: Garment, down: int) -> SafeString:
    text = f"{garment.category} {garment.score:.2f}"
    x, y = round(garment.x * ACROSS), round(garment.y * down)
    width, height = round(garment.width * ACROSS), round(garment.height * down)
    tag, above = round(len(text) * LETTER * 0.62) + 16, y - LETTER - 12
    top = above if above >= 0 else y  # inside, where there is no room above
    left = max(min(x, ACROSS - tag), 0)
    colour = COLOURS[Category(garment.category)]
    return format_html(
        '<g><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#fff" stroke-width="7"/>'
        '<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="{}" stroke-width="4"/>'
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>'
        '<text x="{}" y="{}" font-size="{}" fill="#fff">{}</text></g>',
        labels_of(garment), x, y, width, height, x, y, width, height, colour,
        left, top, tag, LETTER + 12, colour, left + 8, top + LETTER + 1, LETTER, text,
    )  # fmt: skip


def safety_of(image: Image) -> SafeString:
    if image.safety is None:
        return format_html("{}", "–")
    verdict = screening.verdict(image.safety)
    return format_html('<span class="safety {}">{} {}</span>', verdict, f"{image.safety:.2f}", verdict)


class SafetyFilter(admin.SimpleListFilter):
    title = "safety"
    parameter_name = "screened"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("hold", "held"), ("block", "blocked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        if self.value() == "block":
            return queryset.filter(safety__gte=settings.SAFETY_BLOCK)
        if self.value() == "hold":
            return queryset.filter(safety__gte=settings.SAFETY_HOLD, safety__lt=settings.SAFETY_BLOCK)
        return queryset


class GarmentsInPicture(ReadOnlyInline):
    model = Garment
    fields = readonly_fields = ("garment", "score", "runner_up", "swatches", "labelled", "quality", "corrected")

    @admin.display(description="garment")
    def garment(self, garment: Garment) -> SafeString:
        return link_to(garment, garment.category)

    @admin.display(description="colours")
    def swatches(self, garment: Garment) -> SafeString:
        return swatches_of(garment.colours)

    @admin.display(description="labels")
    def labelled(self, garment: Garment) -> str:
        return labels_of(garment)


class ImageAdmin(ReadOnlyAdmin):
    """Registered by `moderation`, with what moderators may do."""

    list_display = ("thumbnail", "what", "state", "owner", "created")
    list_display_links = ("thumbnail", "what")
    list_filter = ("kind", "purpose", "stage", "visible", "review", SafetyFilter)
    search_fields = ("digest", "owner__email", "error", "photo__title", "product_picture__product__title")
    search_help_text = "an id, a digest, an e-mail address, an error, or a title"
    id_fields = ("pk", "garments__uid")
    list_select_related = ("owner",)
    list_per_page = 50
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines: ClassVar = [GarmentsInPicture]
    readonly_fields = ("picture", "safe", "whose", "shown_as")
    fieldsets = (
        (None, {"fields": ("picture",)}),
        ("State", {"fields": ("stage", "error", "visible", "review", "review_reason", "safe", "attempts")}),
        ("Where it comes from", {"fields": ("kind", "purpose", "whose", "shown_as", "subject", "created_at")}),
        (
            "File",
            {
                "classes": ("collapse",),
                "fields": ("id", "file", "digest", "fingerprint", "size", "format", "width", "height", "expires_at"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        pictures: QuerySet[Image] = super().get_queryset(request).select_related("owner")
        return pictures

    @admin.display(description="")
    def thumbnail(self, image: Image) -> SafeString:
        return thumbnail_of(image)

    @admin.display(description="")
    def picture(self, image: Image) -> SafeString:
        return with_garments(image)

    @admin.display(description="picture", ordering="kind")
    def what(self, image: Image) -> str:
        return " ".join(filter(None, (image.kind, image.purpose)))

    @admin.display(description="state", ordering="stage")
    def state(self, image: Image) -> SafeString:
        """With what sets it apart, and why."""
        held = screening.verdict(image.safety) != Verdict.PASS
        apart = ["" if image.visible else "hidden", image.review, safety_of(image) if held else "", image.error]
        lines = format_html_join("", "<li>{}</li>", ((text,) for text in apart if text))
        return format_html('{}<ul class="facts">{}</ul>', image.stage, lines)

    @admin.display(description="created", ordering="created_at")
    def created(self, image: Image) -> SafeString:
        return moment(image.created_at)

    @admin.display(description="safety", ordering="safety")
    def safe(self, image: Image) -> SafeString:
        return safety_of(image)

    @admin.display(description="owner")
    def whose(self, image: Image) -> SafeString:
        return link_to(image.owner)

    @admin.display(description="shown as")
    def shown_as(self, image: Image) -> SafeString:
        """A row of the catalogue, which this layer knows by its foreign keys alone."""
        picture = getattr(image, "product_picture", None)
        return link_to(picture.product if picture else getattr(image, "photo", None))

    @admin.action(description="Describe again", permissions=["moderate"])
    def describe_again(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        for image in queryset:
            subject = Category(image.subject) if image.subject else None
            services.queue_description(services.describe_again(images=[image], subject=subject))
        self.message_user(request, "queued: workers describe them anew")


@admin.register(Garment)
class GarmentAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "category", "score", "second", "swatches", "labelled", "quality")
    list_display_links = ("thumbnail", "category")
    list_filter = ("category", "image__kind", "cut_out")
    search_fields = ("image__owner__email",)
    search_help_text = "the id of a garment or of a picture, or an owner's e-mail address"
    id_fields = ("uid", "image")
    list_select_related = ("image",)
    list_per_page = 50
    ordering = ("-pk",)
    readonly_fields = ("picture", "in_picture", "swatches", "labelled")
    fields = (
        "picture", "in_picture", "uid", "category", "score", "runner_up", "runner_up_score", "swatches", "labelled",
        "quality", "corrected", "cut_out", "due_at",
    )  # fmt: skip

    @admin.display(description="")
    def thumbnail(self, garment: Garment) -> SafeString:
        return thumbnail_of(garment.image)

    @admin.display(description="")
    def picture(self, garment: Garment) -> SafeString:
        return with_garments(garment.image)

    @admin.display(description="in")
    def in_picture(self, garment: Garment) -> SafeString:
        return link_to(garment.image)

    @admin.display(description="runner-up", ordering="runner_up_score")
    def second(self, garment: Garment) -> str:
        return f"{garment.runner_up} {garment.runner_up_score:.2f}" if garment.runner_up else "–"

    @admin.display(description="colours")
    def swatches(self, garment: Garment) -> SafeString:
        return swatches_of(garment.colours)

    @admin.display(description="labels")
    def labelled(self, garment: Garment) -> str:
        return labels_of(garment)


@admin.register(Descriptor)
class DescriptorAdmin(ReadOnlyAdmin):
    list_display = ("garment", "model_version")
    list_filter = ("model_version",)
    list_select_related = ("garment",)
    id_fields = ("garment__uid",)
    search_fields = ("model_version",)
    list_per_page = 50
    fields = ("garment", "model_version")


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "garment", "before", "after", "owner", "created_at")
    list_display_links = ("thumbnail", "garment")
    list_select_related = ("image", "garment", "owner")
    search_fields = ("owner__email",)
    id_fields = ("image", "garment__uid")
    list_per_page = 50
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    readonly_fields = ("picture",)
    fields = ("picture", "image", "garment", "owner", "before", "after", "created_at")

    @admin.display(description="")
    def thumbnail(self, correction: Correction) -> SafeString:
        return thumbnail_of(correction.image)

    @admin.display(description="")
    def picture(self, correction: Correction) -> SafeString:
        return with_garments(correction.image)
