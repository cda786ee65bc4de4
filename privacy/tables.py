"""Which rows are about a user, and how they are reached: what an export holds, an import restores, an erasure counts.

A test walks every foreign key that leads to a user: a new model is either in TABLES or in APART, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.db.models import ForeignKey, ForeignObjectRel, Model, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, User
from catalog.models import Like, Photo
from images.models import Correction, CutOut, Descriptor, Garment, Image, Review, Stage
from moderation.models import Decision, Report
from outfits.models import CalendarLink, Outfit, Piece, Plan
from privacy import shapes
from recommendations.models import Event, HiddenPhotographer, Impression, Taste
from rest.models import IdempotentRequest
from search.models import Search
from wardrobe.models import CareDay, Item, ItemPicture, Tag, Upload, UploadPicture


@dataclass(frozen=True, slots=True)
class Table:
    """A model whose rows are about a user. `owner`: the way to the user; empty: it is the user.

    `secret`: fields that no export shows. `reset`: what a field of this server's own becomes in an import, whatever the
    file says. `known_as`: for a reference to what is not the user's, the field by which another server knows it.
    `check` raises ValueError for JSON of a wrong shape.
    """

    model: type[Model]
    owner: str
    secret: frozenset[str] = frozenset()
    reset: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    known_as: Mapping[str, str] = field(default_factory=dict)
    restored: bool = True
    check: Callable[[Any], None] | None = None

    @property
    def label(self) -> str:
        return str(self.model._meta.label_lower)

    def rows(self, user: User) -> QuerySet[Any]:
        return self.model._default_manager.filter(**{self.owner or "pk": user.pk}).order_by("pk")


def _review_again(review: str) -> str:
    """What moderators of another server let pass is asked of ours again."""
    return Review.PENDING if review == Review.APPROVED else review


def _none(_: int) -> int:
    return 0


def _unknown(_: object) -> None:
    """What was measured elsewhere may have been written by anybody."""


def _made_again(cut_out: str) -> str:
    return CutOut.QUEUED if cut_out else ""


def _at_once(_: object) -> str:
    """Owed from now on."""
    return timezone.now().isoformat()


def _stage(stage: str) -> str:
    """DESCRIBED says that an index waits for it: only of public pictures, and none is public here yet."""
    return Stage.READY if stage == Stage.DESCRIBED else stage


# In this order an import inserts them: what is referred to comes first.
TABLES: Final = (
    Table(User, "", secret=frozenset({"password"}), restored=False),  # an import makes the account itself
    Table(EmailAddress, "user", restored=False),
    Table(SocialAccount, "user", restored=False),
    Table(UserSession, "user", secret=frozenset({"session_key"}), restored=False),
    Table(ApiKey, "owner", secret=frozenset({"digest"}), restored=False),
    Table(
        Image,
        "owner",
        secret=frozenset({"file", "claim", "claimed_until", "idempotency_key"}),
        reset=MappingProxyType({"review": _review_again, "stage": _stage, "attempts": _none, "safety": _unknown}),
        check=shapes.check_image,
    ),
    Table(Garment, "image__owner", reset=MappingProxyType({"cut_out": _made_again}), check=shapes.check_garment),
    Table(Descriptor, "garment__image__owner", check=shapes.check_descriptor),
    Table(Correction, "owner", check=shapes.check_correction),
    Table(Photo, "image__owner", restored=False),  # of looks: moderators make it again
    Table(Upload, "owner"),
    Table(UploadPicture, "upload__owner"),
    Table(Item, "owner"),
    Table(Tag, "item__owner"),
    Table(ItemPicture, "item__owner"),
    Table(CareDay, "item__owner"),
    Table(Search, "user", check=shapes.check_search),
    Table(Like, "user", known_as=MappingProxyType({"product": "sku", "photo": "image__digest"})),
    Table(Outfit, "owner", secret=frozenset({"cover"}), reset=MappingProxyType({"cover_due_at": _at_once})),
    Table(Piece, "outfit__owner", check=shapes.check_piece),
    Table(Plan, "owner", check=shapes.check_plan),
    Table(CalendarLink, "owner", secret=frozenset({"nonce"}), restored=False),
    Table(Event, "user", known_as=MappingProxyType({"photo": "image__digest"})),
    Table(HiddenPhotographer, "user"),
    Table(Taste, "user", restored=False),  # made anew of what is restored
    Table(Impression, "user", restored=False),
    Table(Report, "reporter", restored=False),
    Table(Decision, "image__owner", secret=frozenset({"moderator"}), restored=False),
    Table(IdempotentRequest, "owner", restored=False),
    Table(LogEntry, "user", restored=False),
)

APART: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accounts.user_groups.user": "permissions are the installation's; they go with the user",
        "accounts.user_user_permissions.user": "permissions are the installation's; they go with the user",
        "privacy.export.owner": "the export itself; goes with the user",
        "moderation.report.image": "what others say of a look is theirs; it goes with the picture",
        "moderation.decision.moderator": "the installation's record; the name goes, what was decided stays",
        "account.emailconfirmation.email_address": "a letter on its way; goes with the address",
        "socialaccount.socialtoken.account": "a secret of another service; goes with the account there",
        "catalog.productpicture.image": "a shop's picture, never a user's",
        "catalog.like.photo": "who likes a look is theirs to take along; it goes with the picture",
        "recommendations.event.photo": "what others did with a look is theirs to take along; it goes with the picture",
        "recommendations.impression.photo": "whom a look was shown to is theirs; it goes with the picture",
        "recommendations.rollup.photo": "how often a look was shown, by nobody in particular; it goes with the picture",
        "search.search.image": "others' searches keep their own copy of what they searched with",
        "search.search.garment": "others' searches keep their own copy of what they searched with",
    }
)
"""References to a user, or to what is a user's, that no table of theirs follows."""


def references(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    """Every foreign key of any model that leads to this one."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            yield relation.field
