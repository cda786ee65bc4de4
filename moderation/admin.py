"""Where moderators work: the queue, the page of a picture, and the page that asks for the reason of a decision."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from images.admin import ImageAdmin, ReadOnlyAdmin, ReadOnlyInline, link_to, moment, safety_of, thumbnail_of
from images.models import Image
from moderation import deciding, selectors
from moderation.models import Action, Decision, Queue, Report


def _changes(decision: Decision) -> str:
    """What a decision changed, in a line."""
    if not decision.after:
        return "erased"
    return ", ".join(
        f"{name.replace('_', ' ')}: {before or 'none'} → {decision.after.get(name) or 'none'}"
        if not isinstance(before, bool)
        else f"{name}: {'yes' if before else 'no'} → {'yes' if decision.after.get(name) else 'no'}"
        for name, before in decision.before.items()
        if decision.after.get(name) != before and name in ("visible", "review")
    )


class ReportsOfPicture(ReadOnlyInline):
    model = Report
    fields = readonly_fields = ("reason", "text", "reporter", "created_at", "resolved_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).select_related("reporter")


class DecisionsOfPicture(ReadOnlyInline):
    model = Decision
    fields = readonly_fields = ("action", "reason", "changed", "moderator", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        return super().get_queryset(request).select_related("moderator")

    @admin.display(description="changed")
    def changed(self, decision: Decision) -> str:
        return _changes(decision)


class _Deciding(ReadOnlyAdmin):
    """The actions, each by way of a page that asks for the reason."""

    came_from = ""

    @admin.action(description="Approve", permissions=["moderate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        return deciding.ask(request, Action.APPROVE, queryset, self.came_from)

    @admin.action(description="Reject", permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        return deciding.ask(request, Action.REJECT, queryset, self.came_from)

    @admin.action(description="Hide from everybody", permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        return deciding.ask(request, Action.HIDE, queryset, self.came_from)

    @admin.action(description="Show again", permissions=["moderate"])
    def show(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        return deciding.ask(request, Action.SHOW, queryset, self.came_from)

    @admin.action(description="Erase with files and index entries", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        return deciding.ask(request, Action.ERASE, queryset, self.came_from)


@admin.register(Image)
class ModeratedImageAdmin(_Deciding, ImageAdmin):
    came_from = deciding.IMAGES
    actions = ("approve", "reject", "hide", "show", "erase", "describe_again")
    inlines: ClassVar = [*ImageAdmin.inlines, ReportsOfPicture, DecisionsOfPicture]
    change_form_template = "moderation/picture.html"

    def get_urls(self) -> list[URLPattern]:
        decide = path("decide/", self.admin_site.admin_view(deciding.decide), name="moderation_decide")
        return [decide, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With a button for each thing that the reader may do."""
        allowed = [action for action in Action if deciding.may(request, action)]
        context = {**(extra_context or {}), "allowed": allowed, "title": "Picture", "subtitle": None}
        return super().change_view(request, object_id, form_url, context)


class WhyFilter(admin.SimpleListFilter):
    title = "what it waits for"
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return selectors.WHY

    def queryset(self, request: HttpRequest, queryset: QuerySet[Queue]) -> QuerySet[Queue]:
        why = self.value()
        return queryset.filter(pk__in=selectors.queue(why).values("pk")) if why else queryset


@admin.register(Queue)
class QueueAdmin(_Deciding):
    """Oldest first; a picture leaves it with the first decision about it, unless it was reported meanwhile."""

    came_from = deciding.QUEUE
    list_display = ("picture", "why", "decide")
    list_display_links = None  # the picture leads to its own page
    list_filter = (WhyFilter, "kind")
    list_per_page = 25
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        reports = Report.objects.filter(resolved_at__isnull=True).order_by("created_at")
        return selectors.queue().prefetch_related(Prefetch("reports", reports))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = "Queue: who waits longest is first"
        return super().changelist_view(request, {**(extra_context or {}), "title": title})

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.has_moderate_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_moderate_permission(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:images_image_change", args=[object_id]))

    @admin.display(description="picture")
    def picture(self, image: Image) -> SafeString:
        page = reverse("admin:images_image_change", args=[image.pk])
        return format_html('<a href="{}">{}</a>', page, thumbnail_of(image, height=140))

    @admin.display(description="why", ordering="since")
    def why(self, image: Queue) -> SafeString:
        waits_for = image.waits_for  # type: ignore[attr-defined]  # annotated in selectors.queue
        said = format_html_join(
            "",
            "<li><strong>{}</strong>{}{}</li>",
            ((report.get_reason_display(), ": " if report.text else "", report.text) for report in image.reports.all()),
        )
        return format_html(
            '<p><span class="why {}">{}</span> {}</p><p>{}<br>{}</p><ul class="reports">{}</ul>',
            waits_for,
            dict(selectors.WHY)[waits_for],
            safety_of(image) if image.safety is not None else "",
            image.owner or image.kind,
            moment(image.since),  # type: ignore[attr-defined]
            said,
        )

    @admin.display(description="")
    def decide(self, image: Image) -> SafeString:
        buttons = format_html_join(
            " ",
            '<a class="button {}" href="{}">{}</a>',
            (
                (action.value, deciding.address(action, image, deciding.QUEUE), action.label)
                for action in (Action.APPROVE, Action.REJECT)
            ),
        )
        return format_html('<span class="decide">{}</span>', buttons)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("thumbnail", "reason", "text", "reporter", "created", "resolved")
    list_display_links = ("thumbnail", "reason")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "reason")
    search_fields = ("text", "reporter__email", "image__owner__email")
    id_fields = ("image",)
    list_select_related = ("image", "reporter")
    list_per_page = 50
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    readonly_fields = ("picture",)
    fields = ("picture", "reason", "text", "reporter", "created_at", "resolved_at")

    @admin.display(description="created", ordering="created_at")
    def created(self, report: Report) -> SafeString:
        return moment(report.created_at)

    @admin.display(description="resolved", ordering="resolved_at")
    def resolved(self, report: Report) -> SafeString | str:
        return moment(report.resolved_at) if report.resolved_at else "open"

    @admin.display(description="")
    def thumbnail(self, report: Report) -> SafeString:
        return thumbnail_of(report.image)

    @admin.display(description="")
    def picture(self, report: Report) -> SafeString:
        return link_to(report.image, thumbnail_of(report.image, height=240))


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """The audit. Nothing here can be changed, by anybody."""

    list_display = ("thumbnail", "action", "reason", "changed", "moderator", "created")
    list_display_links = ("thumbnail", "action")
    list_filter = ("action",)
    search_fields = ("reason", "moderator__email")
    id_fields = ("picture",)
    list_select_related = ("image", "moderator")
    list_per_page = 50
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    readonly_fields = ("shown", "safe")
    fields = ("shown", "picture", "safe", "action", "reason", "before", "after", "moderator", "created_at")

    @admin.display(description="")
    def thumbnail(self, decision: Decision) -> SafeString:
        return thumbnail_of(decision.image)

    @admin.display(description="created", ordering="pk")
    def created(self, decision: Decision) -> SafeString:
        return moment(decision.created_at)

    @admin.display(description="")
    def shown(self, decision: Decision) -> SafeString:
        return link_to(decision.image, thumbnail_of(decision.image, height=240))

    @admin.display(description="safety")
    def safe(self, decision: Decision) -> SafeString:
        return safety_of(decision.image) if decision.image else format_html("{}", "–")

    @admin.display(description="changed")
    def changed(self, decision: Decision) -> str:
        return _changes(decision)


admin.site.site_header = admin.site.site_title = "Garderobe"
