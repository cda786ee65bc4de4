"""Products by their words. PostgreSQL answers by full text with an index, SQLite by LIKE."""

from __future__ import annotations

import string
import unicodedata

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connections
from django.db.models import Func, Q, QuerySet

from catalog.models import Product

LONGEST = 200  # characters of a query
MOST_WORDS = 12  # SQLite reads a product's text up to twelve times for each
SEARCHED = ("title", "brand", "description")
EVERY = 2**62
"""A LIMIT that lets everything through, and makes PostgreSQL ask the text index first. Without it a page of the newest
walks by date and parses text after text: 4.9 s for a word that none of 50,000 products has."""
SPACED = str.maketrans(dict.fromkeys(string.punctuation, " "))  # what _Text does to a product's text


class NoWords(ValueError):
    """A query without a letter or digit, or with more than MOST_WORDS words."""


class _Text(Func):
    """A product's words as a tsvector: exactly the expression that migration 0002 indexes.

    Punctuation becomes spaces first: PostgreSQL would take "cotton/linen" for one file name and "Luma.Knit" for a host.
    The configuration `simple` neither stems nor drops: a feed may be in any language, and English drops the brand "On".
    """

    template = "to_tsvector('simple', regexp_replace(%(expressions)s, '[!-/:-@[-`{-~]', ' ', 'g'))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


def words(q: str) -> list[str]:
    """The words of a query, each once, as they are spelt, without the punctuation around them. Raises NoWords.

    What stands inside stays: "t-shirt" is one word. A control character or a lone surrogate parts words.
    """
    spaced = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in unicodedata.normalize("NFC", q))
    found = {word.lower(): word for term in spaced.split() if (word := _without_edges(term))}
    if not found:
        raise NoWords("there is no letter or digit in it")
    if len(found) > MOST_WORDS:
        raise NoWords(f"more than {MOST_WORDS} words")
    return list(found.values())


def matching(products: QuerySet[Product], q: str) -> QuerySet[Product]:
    """Those with every word of `q` in title, brand or description, in any order and case. Raises NoWords.

    PostgreSQL takes each word for the beginning of one ("dress" finds "dresses"; nothing is stemmed), and "t-shirt" for
    its parts in a row ("T Shirt" too). SQLite finds it anywhere ("dress" finds "sundress" too), as it is spelt.
    """
    asked = words(q)
    if connections[products.db].vendor == "postgresql":
        query = SearchQuery(" & ".join(map(_lexemes, asked)), search_type="raw", config="simple")
        found = Product.objects.using(products.db).alias(text=_Text(*SEARCHED)).filter(text=query)
        return products.filter(pk__in=found.values("pk")[:EVERY])
    for word in asked:
        somewhere = Q()
        for column in SEARCHED:
            for spelling in _spellings(word):
                somewhere |= Q(**{f"{column}__icontains": spelling})
        products = products.filter(somewhere)
    return products


def _lexemes(word: str) -> str:
    """As a tsquery: `('t' <-> 'shirt':*)`. Without ASCII's punctuation there is nothing to escape."""
    rows = (" <-> ".join(f"'{part}'" for part in spelling.translate(SPACED).split()) for spelling in _spellings(word))
    return f"({' | '.join(f'{row}:*' for row in rows)})"


def _spellings(word: str) -> list[str]:
    """SQLite's LIKE, and PostgreSQL in the locale C, ignore the case of ASCII alone."""
    if word.isascii():
        return [word]
    return list(dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())))


def _without_edges(term: str) -> str:
    inside = [place for place, character in enumerate(term) if unicodedata.category(character)[0] in "LMN"]
    return term[inside[0] : inside[-1] + 1] if inside else ""
