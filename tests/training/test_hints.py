from __future__ import annotations

import pytest

from mlcore.labels import LABELS
from mlcore.training import hints


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("Polo", "", {"sleeve_length": "short", "collar_style": "shirt"}),
        ("Tshirts", "Men Striped V-Neck T-shirt", {"sleeve_length": "short", "collar_style": "v", "pattern": "stripe"}),
        ("Tshirts", "Full Sleeve Tee", {"sleeve_length": "long"}),  # a name knows better than the kind
        ("Shirts", "Check Formal Shirt", {"collar_style": "shirt", "pattern": "check"}),
        ("Skirts", "Checkered past", {}),
        ("", "", {}),
    ],
)
def test_what_people_wrote_tells_labels(kind: str, name: str, told: dict[str, str]):
    assert hints.of(kind, name) == told


def test_every_hint_is_a_value_of_its_label():
    every = [pair for told in hints.KINDS.values() for pair in told.items()]
    every += [(label, value) for _, label, value in hints.WORDS]
    assert all(value in LABELS[label] for label, value in every)
