"""Products by their words: the same answers from both databases wherever that is promised."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from catalog import selectors, text
from catalog.models import Product
from catalog.text import NoWords, matching, words
from images.models import Garment, Kind
from tests.catalog.rows import garment, picture, product

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own")


def found(q: str) -> list[str]:
    """The skus of what matches, in alphabetical order."""
    return sorted(made.sku for made in matching(Product.objects.all(), q))


def test_every_word_is_somewhere_in_title_brand_or_description_in_any_order_and_case() -> None:
    product("all", title="Long Dress", brand="Solvane", description="Of heavy silk.")
    product("title", title="Long dress in silk")
    product("two", title="Long dress", brand="Luma")
    assert found("DRESS") == ["all", "title", "two"]
    assert found("silk long") == ["all", "title"]
    assert found("silk solvane dress") == ["all"]
    assert found("solvane luma") == []
    assert found("cotton") == []


def test_only_title_brand_and_description_are_searched() -> None:
    product("SKU1", "tops", title="Shirt", source="a shop", licence="CC0", url="https://example.org/blouse")
    for q in ("sku1", "tops", "shop", "cc0", "blouse"):
        assert found(q) == []


def test_a_word_finds_what_begins_with_it_wherever_it_stands_in_the_query() -> None:
    product("1", title="Dresses of silk")
    assert found("dress") == found("dress silk") == found("silk dress") == ["1"]
    assert found("dresser") == []


@on_postgresql
def test_postgresql_finds_words_from_their_beginning_alone() -> None:
    product("1", title="Sundress")
    assert found("sund") == ["1"]
    assert found("dress") == []


@on_sqlite
def test_sqlite_finds_words_anywhere() -> None:
    product("1", title="Sundress")
    assert found("dress") == ["1"]


def test_words_that_other_searches_drop_are_words() -> None:
    product("1", title="Runner", brand="On")
    product("2", title="Parka", brand="The North Face")
    assert found("on") == ["1"]
    assert found("the face") == ["2"]


@pytest.mark.parametrize("q", ["été", "ÉTÉ", "Été", "e\u0301te\u0301"])
@pytest.mark.parametrize("title", ["Robe d'été", "ROBE D'ÉTÉ", "Été"])
def test_the_case_of_other_letters_than_ascii_does_not_count_either(title: str, q: str) -> None:
    product("1", title=title)
    product("2", title="Ete")
    assert found(q) == ["1"]


@pytest.mark.parametrize(
    ("title", "q"),
    [
        ("Шёлковое платье", "платье"),
        ("シルク ドレス", "ドレス"),
        ("रेशमी कपड़ा", "कपड़ा"),
        ("Size 38,40/42", "40"),
        ("Size 38,40/42", "42"),
        ("cotton/linen", "linen"),
        ("Knit by Luma.Knitwear", "knitwear"),
        ("<b>Wool</b>", "wool"),
        ("wool&silk;", "silk"),
        ("post@example.org", "example"),
        ("Mid-blue jeans", "blue"),
        ("snake_case", "case"),
        ("Levi’s 501 – blue", "levi’s 501"),
        ("R&B's \\finest\\ {wool} [silk] ~linen~ `denim` ^tulle^", "finest wool silk linen denim tulle b"),
    ],
)
def test_words_are_found_between_any_punctuation_and_in_any_script(title: str, q: str) -> None:
    product("1", title=title)
    product("2", title="Something else")
    assert found(q) == ["1"]


def test_a_word_with_punctuation_inside_is_found_as_it_is_spelt() -> None:
    product("tee", title="T-shirt")
    product("long", title="Long t-shirts in white")
    product("shirt", title="Shirt in twill")
    assert found("t-shirt") == found("T-SHIRT,") == ["long", "tee"]
    assert found("twill-shirt") == []


@on_postgresql
def test_postgresql_finds_it_with_other_punctuation_too() -> None:
    product("1", title="T shirt of cotton/linen")
    assert found("t-shirt") == found("cotton-linen") == ["1"]


@pytest.mark.parametrize("q", ["50%off", "50_off", "50\\off"])
def test_signs_that_mean_something_to_like_stand_for_themselves(q: str) -> None:
    product("same", title=f"Now {q}!")
    product("other", title="Now 50 pairs off, 501off, 50")
    assert found(q) == ["same"]


@pytest.mark.parametrize(
    "q",
    [
        "%silk%", "_silk_", "\\silk", "silk\\", "'silk'", "si'lk", '"silk', "''silk''", "silk';--", "silk:*", "silk:ab",
        "silk & !", "!silk", "(silk", "silk | )", "silk <-> ", "<2>silk", "silk:*:*", "-silk", "silk\0",
        "\0silk", "silk\ud800", "\udfffsilk", "silk\u202e", "silk\n\t", "silk\u00a0", "{silk}", "%(silk)s", "%ssilk",
        "silk ½ 👗", "s👗ilk", "s-👗-ilk", "s-½-ilk", "s’ilk", "silk・", "s\u0301ilk", "s\u200bilk",
    ],
)  # fmt: skip
def test_no_sign_breaks_the_query(q: str) -> None:
    product("1", title="Silk s ab 2 lk si ½")
    product("2", title="Wool")
    assert found(q) in (["1"], [])
    assert "2" not in found(q)


@pytest.mark.parametrize(
    "q", ["silk & !", "!silk", "silk:*", "(silk", "silk | )", "'silk'", '"silk', "%silk%", "silk\0", "\ud800silk"]
)
def test_signs_around_a_word_do_not_count(q: str) -> None:
    product("1", title="Silk")
    product("2", title="Wool")
    assert found(q) == ["1"]


@pytest.mark.parametrize("q", ["", "  ", "%", "_", "\\", "'", "& | !", ":*", "\0", "\ud800", "👗", "-- %"])
def test_a_query_without_a_word_is_refused_rather_than_ignored(q: str) -> None:
    with pytest.raises(NoWords, match="no letter or digit"):
        matching(Product.objects.all(), q)


def test_twelve_words_are_taken_each_once_and_thirteen_refused() -> None:
    alphabet = " ".join("abcdefghijkl")
    product("1", title=alphabet)
    assert found(f"{alphabet} {alphabet.upper()}") == ["1"]
    assert text.MOST_WORDS == len(words(alphabet)) == 12
    with pytest.raises(NoWords, match="more than 12 words"):
        matching(Product.objects.all(), alphabet + " m")


def test_the_longest_query_of_the_widest_words_is_answered() -> None:
    assert found(" ".join(letter * 15 for letter in "ÉÈÊËÀÂÎÏÔÙÛÇ")) == []
    assert found("é" * text.LONGEST) == []
    assert found("a-" * (text.LONGEST // 2)) == []


def test_what_is_already_narrowed_stays_so() -> None:
    product("D1", "dresses", title="Silk")
    product("T1", "tops", title="Silk")
    assert [made.sku for made in matching(Product.objects.filter(category="tops"), "silk")] == ["T1"]


@on_postgresql
@pytest.mark.parametrize("q", ["silk", "silk dress", "t-shirt été"])
def test_postgresql_answers_from_the_index(q: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "Bitmap Index Scan on product_text" in matching(Product.objects.all(), q).explain()


def test_the_garments_of_what_matches_are_named_in_ascending_order() -> None:
    silk, wool = product("silk", title="Silk", pictures=2), product("wool", title="Wool")
    first = silk.pictures.first()
    assert first is not None
    garment(first.image, "trousers")
    expected = sorted(Garment.objects.filter(image__product_picture__product=silk).values_list("pk", flat=True))
    assert len(expected) == 3
    assert selectors.garments_of_products_matching("silk", limit=10) == expected
    assert selectors.garments_of_products_matching("wool", limit=10) == [
        Garment.objects.get(image__product_picture__product=wool).pk
    ]
    assert selectors.garments_of_products_matching("linen", limit=10) == []


def test_garments_in_hidden_pictures_and_in_photographs_are_not_named() -> None:
    silk = product("silk", title="Silk", pictures=2)
    hidden, shown = (each.image for each in silk.pictures.all())
    hidden.visible = False
    hidden.save()
    picture(Kind.PHOTO, "dresses")
    assert selectors.garments_of_products_matching("silk", limit=10) == [shown.garments.get().pk]


def test_more_garments_than_the_limit_are_none_at_all() -> None:
    product("silk", title="Silk", pictures=3)
    assert len(selectors.garments_of_products_matching("silk", limit=3) or []) == 3
    assert selectors.garments_of_products_matching("silk", limit=2) is None
    assert selectors.garments_of_products_matching("silk", limit=0) is None
    assert selectors.garments_of_products_matching("wool", limit=0) == []


def test_of_given_products_those_that_match_are_named() -> None:
    silk, wool, other = product("1", title="Silk"), product("2", title="Wool"), product("3", title="Silk")
    assert selectors.products_matching("silk", [silk.pk, wool.pk]) == {silk.pk}
    assert selectors.products_matching("silk", {silk.pk, other.pk, other.pk + 1}) == {silk.pk, other.pk}
    assert selectors.products_matching("silk", ()) == set()


@pytest.mark.parametrize("number", [1, 20])
def test_either_question_is_one_query(django_assert_num_queries: Callable[[int], object], number: int) -> None:
    ids = [product(str(place), title="Silk", pictures=2).pk for place in range(number)]
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert len(selectors.garments_of_products_matching("silk", limit=100) or []) == 2 * number
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert selectors.garments_of_products_matching("silk", limit=1) is None
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert selectors.products_matching("silk", ids) == set(ids)


@pytest.mark.parametrize("q", ["", "%"])
def test_both_refuse_a_query_without_a_word(q: str) -> None:
    with pytest.raises(NoWords):
        selectors.garments_of_products_matching(q, limit=10)
    with pytest.raises(NoWords):
        selectors.products_matching(q, [1])
