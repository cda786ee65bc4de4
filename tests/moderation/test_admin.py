"""What moderators see and do in the admin, and what others cannot."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Photo
from images.models import Correction, Image, Kind, Purpose, Review, Stage
from moderation import services
from moderation.models import Decision, Report
from tests.catalog import rows
from tests.moderation.conftest import MakePicture

Make = Callable[..., Image]
QUEUE = "/admin/moderation/queue/"
DECIDE = "/admin/images/image/decide/"
EVIL = '<script>alert("1")</script>'


def page(client: Client, url: str, **parameters: str) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200, url
    return str(response.content.decode())


def shown_on(html: str) -> list[str]:
    """What the page that asks for a reason has of the pictures."""
    return re.findall(r'name="seen" value="([^"]+)"', html)


def test_the_queue_shows_what_waits_and_why(desk: Client, look: Make, picture: MakePicture, owner: User) -> None:
    images = [look(), picture(safety=0.61), look(review=Review.APPROVED)]
    Report.objects.create(image=images[2], reporter=owner, reason="person", text=EVIL)
    settled = look(review=Review.REJECTED)
    html = page(desk, QUEUE)
    for image in images:
        assert reverse("image-thumbnail", args=[image.pk]) in html
    assert str(settled.pk) not in html
    assert "0.61 hold" in html
    assert "Shows a person against their will" in html
    assert EVIL not in html
    assert "&lt;script&gt;" in html
    assert str(images[1].pk) not in page(desk, QUEUE, why="look")


def test_one_look_is_approved_from_the_queue(desk: Client, look: Make, moderator: User) -> None:
    image = look()
    address = re.search(rf'href="({re.escape(DECIDE)}\?action=approve[^"]+)"', page(desk, QUEUE))
    assert address is not None
    html = page(desk, address[1].replace("&amp;", "&"))
    assert shown_on(html) == [f"{image.pk}:0:0"]
    response = desk.post(
        DECIDE, {"action": "approve", "from": "queue", "seen": shown_on(html), "reason": ""}, follow=True
    )
    assert response.redirect_chain == [(QUEUE, 302)]
    assert "Approve: 1 picture" in response.content.decode()
    image.refresh_from_db()
    assert image.review == "approved"
    assert Decision.objects.get().moderator == moderator
    assert Photo.objects.get().image == image


def test_many_are_rejected_at_once_with_a_reason(desk: Client, look: Make) -> None:
    images = [look() for _ in range(3)]
    marked = {"action": "reject", "_selected_action": [str(image.pk) for image in images]}
    html = desk.post(QUEUE, marked).content.decode()
    assert len(shown_on(html)) == 3
    given = {"action": "reject", "from": "queue", "seen": shown_on(html)}
    refused = desk.post(DECIDE, {**given, "reason": " "})
    assert refused.status_code == 400
    assert shown_on(refused.content.decode()) == shown_on(html)
    assert not Decision.objects.exists()
    desk.post(DECIDE, {**given, "reason": EVIL})
    assert list(Image.objects.values_list("review", "review_reason").distinct()) == [("rejected", EVIL)]
    assert Decision.objects.count() == 3
    pages = (page(desk, QUEUE), page(desk, reverse("admin:images_image_change", args=[images[0].pk])))
    assert all(EVIL not in html for html in (*pages, page(desk, "/admin/moderation/decision/")))


def test_who_was_slower_is_told(desk: Client, make_moderator: Callable[[str], User], look: Make) -> None:
    image = look()
    html = page(desk, f"{DECIDE}?action=approve&picture={image.pk}&from=queue")
    other = make_moderator("other@example.org")
    services.reject_images(moderator=other, seen=services.as_seen([image]), reason="no")
    given = {"action": "approve", "from": "queue", "seen": shown_on(html), "reason": ""}
    response = desk.post(DECIDE, given, follow=True)
    assert "other@example.org was faster: reject" in response.content.decode()
    image.refresh_from_db()
    assert image.review == "rejected"


@pytest.mark.parametrize("marked", [1, 3])
def test_a_report_that_the_page_did_not_show_is_not_closed_by_it(
    marked: int, desk: Client, look: Make, owner: User, make_user: Callable[[str], User]
) -> None:
    images = [look(review=Review.APPROVED) for _ in range(marked)]
    Report.objects.create(image=images[0], reporter=owner, reason="person", text=EVIL)
    if marked == 1:
        html = page(desk, f"{DECIDE}?action=reject&picture={images[0].pk}&from=queue")
    else:
        chosen = {"action": "reject", "_selected_action": [str(image.pk) for image in images]}
        html = desk.post("/admin/images/image/", chosen).content.decode()
    assert html.count("reported: Shows a person against their will: &lt;script&gt;") == 1
    late = Report.objects.create(image=images[0], reporter=make_user("eve@example.org"), text="just now")
    given = {"action": "reject", "from": "queue", "seen": shown_on(html)}
    asked_again = desk.post(DECIDE, {**given, "reason": ""}).content.decode()
    assert shown_on(asked_again) == shown_on(html)
    assert (asked_again.count("&lt;script&gt;"), "just now" in asked_again) == (1, False)
    desk.post(DECIDE, {**given, "reason": "no"})
    assert Decision.objects.count() == marked
    assert Report.objects.get(resolved_at__isnull=True) == late
    html = page(desk, QUEUE)
    assert "just now" in html
    assert html.count(f"action=approve&amp;picture={images[0].pk}") == html.count("action=approve&amp;picture=") == 1


def test_a_pictures_page_draws_the_garments_and_tells_its_story(desk: Client, look: Make, owner: User) -> None:
    image = look(safety=0.2)
    Report.objects.create(image=image, reporter=owner, text="that is me")
    services.reject_images(
        moderator=User.objects.get(email="mod@example.org"), seen=services.as_seen([image]), reason="a stranger's face"
    )
    html = page(desk, reverse("admin:images_image_change", args=[image.pk]))
    assert '<rect x="200" y="133" width="500" height="1000" fill="none" stroke="#e03131"' in html
    assert ">dresses 0.91</text>" in html
    for text in ("that is me", "a stranger&#x27;s face", "review: pending → rejected", "mod@example.org", "0.20 pass"):
        assert text in html
    for action in ("approve", "reject", "hide", "show"):
        assert f'class="{action}" href="{DECIDE}?action={action}&amp;picture={image.pk}&amp;from=picture"' in html
    assert "action=erase" not in html
    assert 'name="_save"' not in html


def test_pages_have_neither_scripts_nor_styles_of_their_own(desk: Client, look: Make) -> None:
    """So that a strict Content-Security-Policy can stand in front."""
    image = look()
    pages = [QUEUE, reverse("admin:images_image_change", args=[image.pk]), "/admin/images/image/"]
    for html in [page(desk, url) for url in pages] + [page(desk, f"{DECIDE}?action=hide&picture={image.pk}")]:
        content = html[html.index('id="content"') :]
        assert not re.search(r'\son\w+="|javascript:', html)
        assert 'style="' not in content


def test_every_list_and_page_opens_and_is_searched(desk: Client, look: Make, owner: User, picture: MakePicture) -> None:
    image = look()
    garment = image.garments.get()
    product, photo = rows.product("sku-1"), rows.photo("Street", "tops")
    report = Report.objects.create(image=image, reporter=owner, text="words")
    services.approve_images(moderator=owner, seen=services.as_seen([image]))
    correction = Correction.objects.create(
        image=image, garment=garment, owner=owner, before={"category": "tops"}, after={"category": "dresses"}
    )
    found = {
        "images_image": (image.pk, str(image.pk)),
        "images_garment": (garment.pk, str(garment.uid)),
        "images_descriptor": (garment.pk, str(garment.uid)),
        "images_correction": (correction.pk, "ada@"),
        "catalog_product": (product.pk, "sku-1"),
        "catalog_photo": (photo.pk, "Street"),
        "moderation_report": (report.pk, "words"),
        "moderation_decision": (Decision.objects.get().pk, str(image.pk)),
    }
    assert QUEUE in page(desk, "/admin/")
    for name, (pk, text) in found.items():
        html = page(desk, reverse(f"admin:{name}_changelist"), q=text)
        assert reverse(f"admin:{name}_change", args=[pk]) in html, name
        html = page(desk, reverse(f"admin:{name}_changelist"), q="nothing of the kind")
        assert reverse(f"admin:{name}_change", args=[pk]) not in html, name
        html = page(desk, reverse(f"admin:{name}_change", args=[pk]))
        assert 'name="_save"' not in html, name
        assert desk.get(reverse(f"admin:{name}_add")).status_code == 403, name
        assert desk.post(reverse(f"admin:{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403, name
    for screened in ("hold", "block"):
        assert str(image.pk) not in page(desk, "/admin/images/image/", screened=screened)


def test_the_list_tells_what_sets_a_picture_apart(desk: Client, picture: MakePicture) -> None:
    picture(stage=Stage.FAILED, visible=False, safety=0.93, error=EVIL)
    html = page(desk, "/admin/images/image/")
    for text in ("<li>hidden</li>", "0.93 block", "&lt;script&gt;"):
        assert text in html
    assert EVIL not in html


def test_lists_grow_in_no_queries_with_their_rows(
    desk: Client, look: Make, owner: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    def fill() -> None:
        for _ in range(6):
            image = look()
            Report.objects.create(image=image, reporter=owner)
            services.approve_images(moderator=owner, seen=services.as_seen([image]))
            Report.objects.create(image=image, reporter=owner)
            garment = image.garments.get()
            Correction.objects.create(image=image, garment=garment, owner=owner, before={}, after={"category": "tops"})
            rows.product(f"sku-{image.pk}", pictures=2)

    names = (
        "images_image", "images_garment", "images_descriptor", "images_correction", "catalog_product",
        "catalog_photo", "moderation_report", "moderation_decision", "moderation_queue",
    )  # fmt: skip
    fill()
    for name in names:
        with django_assert_max_num_queries(14):
            page(desk, reverse(f"admin:{name}_changelist"))


# Permissions ---------------------------------------------------------------------------------------------------------


def test_nobody_else_decides(
    look: Make, make_user: Callable[[str], User], browser: Callable[[User], Client], owner: User
) -> None:
    image = look()
    staff, viewer = make_user("staff@example.org"), make_user("viewer@example.org")
    User.objects.filter(pk__in=[staff.pk, viewer.pk]).update(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_image"))
    given = {"action": "approve", "from": "queue", "seen": [f"{image.pk}:0:0"], "reason": "mine"}
    for user, code in ((owner, 302), (staff, 403), (viewer, 403)):
        client = browser(User.objects.get(pk=user.pk))
        assert client.post(DECIDE, given).status_code == code
        assert client.get(f"{DECIDE}?action=approve&picture={image.pk}").status_code == code
        assert client.get(QUEUE).status_code == code
    assert "action=approve" not in page(browser(viewer), reverse("admin:images_image_change", args=[image.pk]))
    assert Client().post(DECIDE, given).status_code == 302
    assert not Decision.objects.exists()
    image.refresh_from_db()
    assert image.review == "pending"


def test_erasing_needs_a_permission_of_its_own(
    desk: Client, look: Make, moderator: User, browser: Callable[[User], Client]
) -> None:
    image = look()
    given = {"action": "erase", "from": "images", "seen": [f"{image.pk}:0:0"], "reason": "a child"}
    assert desk.post(DECIDE, given).status_code == 403
    moderator.user_permissions.add(Permission.objects.get(codename="delete_image"))
    client = browser(User.objects.get(pk=moderator.pk))
    assert client.post(DECIDE, given).status_code == 302
    assert not Image.objects.exists()
    assert "erased" in page(client, "/admin/moderation/decision/")


def test_a_decision_is_not_made_by_a_link_nor_from_another_site(look: Make, moderator: User) -> None:
    image = look()
    client = Client(enforce_csrf_checks=True)
    client.force_login(moderator)
    given = {"action": "approve", "from": "queue", "seen": [f"{image.pk}:0:0"]}
    assert client.post(DECIDE, given).status_code == 403
    client.get(DECIDE, given)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"action": "publish"}, {"action": ""}, {"seen": "x"}, {"seen": "1:0:0"}, {"seen": f"{'0' * 32}:-1:0"},
        {"seen": f"{'0' * 32}:{'9' * 40}:0"}, {"seen": f"{'0' * 32}:²:0"}, {"seen": f"{'0' * 32}:0:-1"},
        {"seen": f"{'0' * 32}:0"}, {"seen": f"{'0' * 32}:0:0:0"},
    ],
)  # fmt: skip
def test_a_malformed_decision_is_refused(given: dict[str, str], desk: Client) -> None:
    assert desk.post(DECIDE, {"action": "approve", "seen": f"{'0' * 32}:0:0", **given}).status_code == 400


def test_moderators_see_the_bytes_of_what_is_hidden_and_its_owner_does_not(
    desk: Client, picture: MakePicture, browser: Callable[[User], Client], owner: User
) -> None:
    for image in (
        picture(visible=False),
        picture(stage=Stage.FAILED, visible=False, safety=0.95),
        picture(purpose=Purpose.LOOK, review=Review.REJECTED),
    ):
        for name in ("image-file", "image-thumbnail"):
            url = reverse(name, args=[image.pk])
            assert desk.get(url).status_code == 200
            assert browser(owner).get(url).status_code == 404
            assert Client().get(url).status_code == 404
    assert picture(kind=Kind.USER).stage == Stage.READY
