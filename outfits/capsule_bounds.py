"""How many outfits any choice of so many items could make, at most. Never less than what some choice does make.

For every way to spread the items over tops, bottoms, wholes and outerwear the pairs that so many tops and bottoms can
have are bounded by their best degrees, and the outfits with outerwear by those of the best items of each place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outfits.capsule_board import ALONE, Board

Table = NDArray[np.int64]


def most_outfits(board: Board, items: int, *, fresh: int = 0) -> int:
    """By any choice of `items` items, of which at least `fresh` are worn next to the skin; -1: there is none."""
    tops, bottoms, layers = board.dressed.shape
    wholes, outers = len(board.whole), layers - 1
    t, b, w, o = (np.arange(min(items, number) + 1) for number in (tops, bottoms, wholes, outers))
    dressed = _dressed(board, len(t), len(b), len(o))
    whole = _whole(board, len(w), len(o))
    # What is left when tops, bottoms and outerwear are chosen are wholes: as many as there are.
    left = items - t[:, None, None] - b[None, :, None] - o[None, None, :]
    of_whole = np.clip(left, 0, len(w) - 1)
    found = dressed + whole[of_whole, np.broadcast_to(o, left.shape)]
    found[(left < 0) | (t[:, None, None] + of_whole < fresh)] = -1
    return int(found.max(initial=-1))


def _dressed(board: Board, t: int, b: int, o: int) -> Table:
    """(t, b, o): by so many tops, bottoms and outerwear."""
    table = board.dressed
    alone = _of_pairs(table[:, :, ALONE], t, b)
    # Pairs that some outerwear goes over, and what the best items of each place could have over them.
    over = table[:, :, 1:]
    most = _of_pairs(over.max(axis=2, initial=False), t, b)[:, :, None] * np.arange(o)
    tops, bottoms, outers = np.arange(t)[:, None, None], np.arange(b)[None, :, None], np.arange(o)[None, None, :]
    for axis, (number, others) in enumerate(((t, bottoms * outers), (b, tops * outers), (o, tops * bottoms))):
        degrees = over.sum(axis=tuple(n for n in range(3) if n != axis))
        best = np.sort(degrees)[::-1][: number - 1]
        # The k best, each of which meets as many of the others as it can, or as were chosen.
        limited = np.minimum(best.reshape(-1, 1, 1, 1), others[None])
        summed = np.concatenate([np.zeros_like(others[None]), np.cumsum(limited, axis=0)])
        most = np.minimum(most, np.moveaxis(np.squeeze(summed, axis=axis + 1), 0, axis))
    return alone[:, :, None] + most


def _whole(board: Board, w: int, o: int) -> Table:
    """(w, o): by so many wholes and outerwear."""
    alone = np.concatenate([[0], np.cumsum(np.sort(board.whole[:, ALONE].astype(np.int64))[::-1][: w - 1])])
    return np.asarray(alone[:, None] + _of_pairs(board.whole[:, 1:], w, o))


def _of_pairs(goes: NDArray[np.bool_], rows: int, columns: int) -> Table:
    """(rows, columns): pairs between the k rows and l columns that have most, at most."""
    by_row = _best(goes.sum(axis=1), rows, columns)
    by_column = _best(goes.sum(axis=0), columns, rows).T
    return np.minimum(by_row, by_column)


def _best(degrees: NDArray[np.int64], number: int, others: int) -> Table:
    """(number, others): the sum over the k greatest degrees, none of which counts for more than l."""
    best = np.sort(degrees)[::-1][: number - 1]
    limited = np.minimum(best[:, None], np.arange(others)[None])
    return np.concatenate([np.zeros((1, others), np.int64), np.cumsum(limited, axis=0)])
