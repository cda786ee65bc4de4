"""What the services keep to, whoever calls them, and whatever happens at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from outfits import services
from outfits.canvas import height_of
from outfits.models import Outfit, Piece
from outfits.services import CannotWear, Facts, Placed
from tests.outfits.saved import outfit
from tests.wardrobe.rows import item
from wardrobe import wearing
from wardrobe.models import CareDay, Item
from wardrobe.services import Refused, UnknownThing, merge_items

DAY = date(2025, 11, 20)


def facts(*items: Item, **values: Any) -> Facts:
    return Facts(values=values, pieces=tuple(Placed(one.pk) for one in items))


def test_pieces_are_counted_whoever_calls(user: User) -> None:
    one = item(user)
    many = [Item(pk=uuid4()) for _ in range(21)]
    for given in (facts(), Facts(), facts(one, one), facts(*many)):
        with pytest.raises(Refused) as refused:
            services.create_outfit(owner=user, facts=given)
        assert refused.value.field == "items"
    assert not Outfit.objects.exists()


def test_what_is_refused_changes_nothing(user: User, make_user: Callable[[str], User]) -> None:
    one, theirs = item(user), item(make_user("eve@example.org"))
    made = outfit(user, one, name="before")
    for given in (facts(one, theirs, name="after"), facts(one, one, name="after")):
        with pytest.raises((Refused, UnknownThing)):
            services.change_outfit(owner=user, outfit_id=made.pk, facts=given)
    made.refresh_from_db()
    assert (made.name, made.cover_due_at) == ("before", None)
    assert [piece.item for piece in made.pieces.all()] == [one]


def test_what_another_owner_asks_for_is_not_there(user: User, make_user: Callable[[str], User]) -> None:
    made, eve = outfit(user, item(user)), make_user("eve@example.org")
    asked: dict[str, Any] = {"owner": eve, "outfit_id": made.pk}
    assert services.change_outfit(**asked, facts=Facts(values={"name": "mine"})) is None
    assert services.clone_outfit(**asked) is None
    assert services.wear_outfit(**asked, day=DAY) is None
    assert services.delete_outfit(**asked) is False
    assert Outfit.objects.get() == made


def test_a_new_cover_is_owed_for_new_pieces_and_not_for_a_new_name(user: User) -> None:
    one = item(user)
    made = services.create_outfit(owner=user, facts=facts(one))
    assert Outfit.objects.get().cover_due_at is not None
    Outfit.objects.update(cover_due_at=None)
    services.change_outfit(owner=user, outfit_id=made.pk, facts=Facts(values={"name": "Mondays"}, seasons=("spring",)))
    now = Outfit.objects.get()
    assert (now.cover_due_at, now.name, now.spring) == (None, "Mondays", True)
    services.change_outfit(owner=user, outfit_id=made.pk, facts=facts(one))
    assert Outfit.objects.get().cover_due_at is not None


def test_a_copy_of_an_outfit_of_nothing_is_one(user: User) -> None:
    copy = services.clone_outfit(owner=user, outfit_id=outfit(user).pk)
    assert copy is not None
    assert copy.pieces.count() == 0


def test_an_item_that_goes_while_it_is_copied_is_left_out(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    stays, goes = item(user), item(user)
    made = outfit(user, stays, goes)
    lock = services._locked_items

    def too_late(*asked: Any) -> dict[Any, Item]:
        goes.delete()
        return lock(*asked)

    monkeypatch.setattr(services, "_locked_items", too_late)
    copy = services.clone_outfit(owner=user, outfit_id=made.pk)
    assert copy is not None
    assert [piece.item for piece in copy.pieces.all()] == [stays]


def test_an_item_that_goes_while_the_outfit_is_worn_is_said_and_nothing_logged(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outfit(user, item(user), item(user))
    gone = made.pieces.all()[1].item
    log = wearing.log_outfit

    def too_late(**asked: Any) -> set[Any]:
        Item.objects.filter(pk=gone.pk).delete()
        return log(**asked)

    monkeypatch.setattr(wearing, "log_outfit", too_late)
    with pytest.raises(UnknownThing, match=str(gone.pk)):
        services.wear_outfit(owner=user, outfit_id=made.pk, day=DAY)
    assert not CareDay.objects.exists()


def test_the_day_of_the_farewell_counts_wherever_it_was(user: User) -> None:
    made = outfit(user, item(user, archive_reason="sold", archived_at="2025-11-20T11:00:00Z"))
    for day, is_worn in ((20, True), (21, True), (22, False)):  # the 21st had begun on the date line
        if is_worn:
            assert services.wear_outfit(owner=user, outfit_id=made.pk, day=date(2025, 11, day)) is not None
        else:
            with pytest.raises(CannotWear, match="archived before 2025-11-22"):
                services.wear_outfit(owner=user, outfit_id=made.pk, day=date(2025, 11, day))


def test_twenty_items_of_any_shape_lie_on_the_canvas(user: User) -> None:
    kinds = ("tops", "outerwear", "trousers", "skirts", "dresses", "rompers")
    items = [Item.objects.create(owner=user, category=kinds[number % 6]) for number in range(20)]
    made = services.create_outfit(owner=user, facts=facts(*items))
    shapes = dict(zip(kinds, (1.0, 1.25, 2.0, 1.3, 1.8, 1.8), strict=True))
    for piece in made.pieces.select_related("item"):
        assert 0 <= piece.x < piece.x + piece.width <= 1
        assert 0 <= piece.y < piece.y + height_of(piece.width, shapes[piece.item.category]) <= 1
    assert sorted(made.pieces.values_list("layer", flat=True)) == list(range(20))


@pytest.mark.django_db(transaction=True)
def test_changes_at_the_same_moment_leave_one_whole_outfit(user: User, queue: object) -> None:
    """Each has all pieces of one request, and none of another's."""
    sets = [[item(user) for _ in range(3)] for _ in range(4)]
    made = outfit(user, *sets[0])
    ready, failed = threading.Barrier(4), []

    def change(items: list[Item]) -> None:
        ready.wait()
        try:
            for _ in range(3):
                services.change_outfit(owner=user, outfit_id=made.pk, facts=facts(*reversed(items)))
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(items,)) for items in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Piece.objects.count() == 3
    assert set(made.pieces.values_list("item", flat=True)) in [{one.pk for one in items} for items in sets]


@pytest.mark.django_db(transaction=True)
def test_an_item_that_is_deleted_while_outfits_are_made_of_it_leaves_no_trace(user: User, queue: object) -> None:
    goes, stays = item(user), item(user)
    ready, results = threading.Barrier(2), []

    def make() -> None:
        ready.wait()
        try:
            for _ in range(5):
                try:
                    services.create_outfit(owner=user, facts=facts(goes, stays))
                    results.append("made")
                except UnknownThing:
                    results.append("not there")
        finally:
            connection.close()

    thread = threading.Thread(target=make)
    thread.start()
    ready.wait()
    Item.objects.get(pk=goes.pk).delete()
    thread.join()
    assert len(results) == 5
    assert Outfit.objects.count() == results.count("made")
    assert set(Piece.objects.values_list("item", flat=True)) <= {stays.pk}


def test_outfits_keep_an_item_that_becomes_part_of_another(user: User) -> None:
    jacket, same, jeans = (item(user) for _ in range(3))
    alone, both = outfit(user, same, jeans), outfit(user, jacket, same)
    merge_items(owner=user, item_id=jacket.pk, others=[same.pk])
    assert {piece.item_id for piece in alone.pieces.all()} == {jacket.pk, jeans.pk}
    assert [piece.item_id for piece in both.pieces.all()] == [jacket.pk]
