from __future__ import annotations

from collections.abc import Iterator

from django.db.models import CASCADE, Model

from accounts.models import User
from privacy.tables import APART, TABLES, references


def ways(model: type[Model], seen: set[type[Model]]) -> Iterator[tuple[str, type[Model], object]]:
    """Every foreign key that leads to `model`, and on from the rows that hold it where they are a user's too."""
    seen.add(model)
    tabled = {table.model for table in TABLES}
    for f in references(model):
        yield f"{f.model._meta.label_lower}.{f.name}", f.model, f.remote_field.on_delete
        if f.model in tabled and f.model not in seen:
            yield from ways(f.model, seen)


def test_every_row_that_leads_to_a_user_is_exported_or_left_out_for_a_reason() -> None:
    tabled = {table.model for table in TABLES}
    unknown = {name for name, holder, _ in ways(User, set()) if name not in APART and holder not in tabled}
    assert unknown == set()


def test_no_reason_is_given_for_what_does_not_exist() -> None:
    assert set(APART) <= {name for name, _, _ in ways(User, set())}


def test_what_is_about_a_user_goes_with_the_user() -> None:
    """The others let go of it: the audit of its moderator, searches and examples of a garment that may go before them.
    What was decided about a picture is erased by hand (services.erase_user)."""
    staying = {name for name, _, on_delete in ways(User, set()) if on_delete is not CASCADE}
    assert staying == {
        "moderation.decision.moderator", "moderation.decision.image", "images.correction.garment",
        "search.search.image", "search.search.garment",
    }  # fmt: skip


def test_secrets_name_fields_that_exist() -> None:
    for table in TABLES:
        names = {f.name for f in table.model._meta.concrete_fields}
        assert table.secret <= names, table.label
        assert set(table.reset) <= names, table.label
