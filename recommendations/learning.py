"""Weights of the ranking from what people opened and liked of what they were shown: logistic regression. Pure.

Only the command imports it: scikit-learn takes 170 MB of memory, which no web process needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from recommendations.ranking import DEFAULT_WEIGHTS, Weights

FEWEST: Final = 1_000  # impressions
FEWEST_LIKED: Final = 50  # of them, in either part
HELD_OUT: Final = 0.2  # the last in time: what is fitted to the past has to hold in the future
MOST: Final = 10.0  # a weight: ranking.Weights

Floats = NDArray[np.float64]


class TooFew(ValueError):
    """Not enough was shown and liked to learn from, or it says nothing."""


@dataclass(frozen=True, slots=True)
class Example:
    """Something that was shown: by which features, and whether it was opened or liked then."""

    features: Mapping[str, float]
    shown_at: datetime
    liked: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """On what was held out. `auc`: how often something liked is ranked above something that is not."""

    auc: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Fitted:
    weights: Weights
    learnt: Quality
    by_hand: Quality
    """The weights as they are, on the same impressions."""
    trained_on: int
    held_out: int


def fit(examples: Sequence[Example], *, now: Weights = DEFAULT_WEIGHTS) -> Fitted:
    """Weights in the proportions of the coefficients, `similarity` being 1. Raises TooFew."""
    ordered = sorted(examples, key=lambda example: example.shown_at)
    cut = len(ordered) - round(HELD_OUT * len(ordered))
    past, future = ordered[:cut], ordered[cut:]
    least = min(sum(example.liked for example in part) for part in (past, future))
    if len(ordered) < FEWEST or least < FEWEST_LIKED:
        raise TooFew(
            f"{len(ordered)} photographs were shown, and {least} liked in the smaller part; it takes {FEWEST} and "
            f"{FEWEST_LIKED} to learn anything"
        )
    model = LogisticRegression(C=1.0, max_iter=1_000).fit(_matrix(past), _liked(past))
    weights = _weights(model.coef_[0])
    return Fitted(weights, _quality(weights, past, future), _quality(now, past, future), len(past), len(future))


def _weights(coefficients: Floats) -> Weights:
    """What was seldom liked where it is high counts nothing: a weight is never below 0."""
    found = dict(zip(_names(), coefficients.tolist(), strict=True))
    if found["similarity"] <= 0:
        raise TooFew("what is more similar was not liked more often; there is nothing to be weighed against it")
    scaled = {name: value / found["similarity"] for name, value in found.items()}
    return Weights(**{name: round(min(MOST, max(0.0, value)), 4) for name, value in scaled.items()})


def _quality(weights: Weights, past: Sequence[Example], future: Sequence[Example]) -> Quality:
    """Scores become odds by a fit on the past, so that two sets of weights are compared by what they order alone."""
    by_name = weights.as_dict()
    counts = np.array([by_name[name] for name in _names()])
    odds = LogisticRegression(C=1.0).fit((_matrix(past) @ counts)[:, None], _liked(past))
    scores = _matrix(future) @ counts
    return Quality(
        auc=round(float(roc_auc_score(_liked(future), scores)), 4),
        log_loss=round(float(log_loss(_liked(future), odds.predict_proba(scores[:, None])[:, 1])), 4),
    )


def _names() -> list[str]:
    return [field.name for field in fields(Weights)]


def _matrix(examples: Sequence[Example]) -> Floats:
    """(n, features); `away` is taken off a score, so it stands here with the other sign."""
    rows = [
        [example.features.get(name, 0.0) * (-1 if name == "away" else 1) for name in _names()] for example in examples
    ]
    return np.array(rows, np.float64)


def _liked(examples: Sequence[Example]) -> NDArray[np.bool_]:
    return np.array([example.liked for example in examples], np.bool_)
