"""The tables of `make bench-search` and `make bench-large`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchmarks.garments import FILTERS
from mlcore.types import Category


def show(result: dict[str, Any]) -> None:
    _show_setting(result)
    _show_one_client(result["one_client"])
    _show_widths(result["widths"])
    _show_clients(result["clients"], result["import"])
    if "graphs" in result:
        _show_graphs(result["graphs"])


def show_visits(result: dict[str, Any], aims_ms: dict[str, float]) -> None:
    """What a large installation took to fill, and its answers over HTTP. `aims_ms`: of the median, by row."""
    here, filled = result["machine"], result["filled"]
    rows, index = filled["rows"], filled["index"]
    print(f"\n{here['processor']}, {here['cores']} cores, Python {here['python']}, load {here['load_before']}")
    print(
        f"{result['engine']}: {rows['products']:,} products, {rows['photographs']:,} photographs, {rows['garments']:,} "
        f"garments; rows {rows['seconds']} s, index {index['written_s']} s and {index['read_s']} s of reading, "
        f"{filled['settled_s']} s more until all was indexed and quiet"
    )
    print("resident MB: " + ", ".join(f"{name} {mb}" for name, mb in sorted(result["resident_mb"].items())))
    heads = ("p50 ms", "p95 ms", "p99 ms", "web CPU")
    print(f"\n{'':<40}{'per s':>8}" + "".join(f"{head:>9}" for head in heads) + "errors".rjust(12))
    for name, row in result["over_http"].items():
        show_times(name, row, f"aim: p50 ≤ {aims_ms[name]:.0f} ms" if name in aims_ms else "")


def show_times(name: str, row: dict[str, Any], aim: str = "") -> None:
    """`web CPU`: milliseconds of processor time of the web process for an answer."""
    times = (row.get(part) for part in ("p50_ms", "p95_ms", "p99_ms", "web_cpu_ms"))
    cells = "".join(f"{'–' if ms is None else f'{ms:.1f}':>9}" for ms in times)
    errors = ", ".join(f"{number} × {status}" for status, number in row.get("errors", {}).items())
    print(f"  {name:<38}{row.get('per_s', ''):>8}{cells}{errors or '–':>12}  {aim}".rstrip())


def _show_setting(result: dict[str, Any]) -> None:
    here, fill, from_ = result["machine"], result["fill"], result["descriptors"]
    print(f"\n{here['processor']}, {here['cores']} cores, Python {here['python']}, load {here['load_before']}")
    shelves = ", ".join(f"{name} {number:,}" for name, number in result["shelves"].items())
    print(f"{result['engine']}, {result['count']:,} garments ({shelves}), HNSW {result['hnsw']}")
    print(f"around {from_['count']} descriptors of {from_['source']}; cosine to the nearest of the same category:")
    for name, parts in from_["nearest_cosine"].items():
        print(f"  {name:<10}" + "".join(f"{part:>6} {value:.3f}" for part, value in parts.items()))
    print(
        f"filled at {fill['rows_per_s']:,} garments/s, flushed after {fill['flush_s']} s more, indexed after "
        f"{fill['index_s']} s more (hnswlib {result['hnswlib_build_s']} s); "
        f"{fill['resident_mb']:,} MB in memory, {fill['disk_mb']:,} MB on disk"
    )


def _show_one_client(by_filter: dict[str, Any]) -> None:
    head = "".join(f"{category.value:>11}" for category in Category)
    for name in FILTERS:
        table = by_filter[name]
        title = f"one client, filter {name}, ef {table['ef']}"
        print(f"\n{title:<34}{'p50 ms':>12}{'p99 ms':>9}  recall@20{head}")
        for way, row in table["ways"].items():
            print(f"  {way:<32}{row['p50_ms']:>12.2f}{row['p99_ms']:>9.2f}{'':>11}{_recalls(row)}")
        print(f"  VectorIndex / MilvusClient, p50: {table['index_over_client']:.2f}")


def _show_widths(by_filter: dict[str, Any]) -> None:
    ways = next(iter(next(iter(by_filter.values())).values()))
    print("\nef      " + "".join(f"{way + ' p50 ms':>17}{'recall, least':>16}" for way in ways))
    for name in FILTERS:
        for ef, ways in by_filter[name].items():
            cells = "".join(f"{row['p50_ms']:>17.2f}{_least(row):>16.3f}" for row in ways.values())
            print(f"  {name:<5}{ef:>6}{cells}")


def _show_clients(by_state: dict[str, Any], reached: dict[str, float]) -> None:
    print(f"\nimporting: {reached['rows_per_s']} garments/s, {reached['rows']:.0f} in all")
    print(f"{'':<34}clients{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}{'recall, least':>16}")
    for name in FILTERS:
        for way in next(iter(by_state.values()))[name]:
            for state, by_filter in by_state.items():
                for number, row in by_filter[name][way].items():
                    print(
                        f"  {name:<6}{way:<13}{state:<12}{number:>6}{row['per_s']:>12.0f}"
                        f"{row['p50_ms']:>10.2f}{row['p99_ms']:>10.2f}{_least(row):>16.3f}"
                    )


def _show_graphs(rows: Iterable[dict[str, Any]]) -> None:
    print("\nhnswlib, the largest shelf, no filter: recall@20 (p50 ms) by ef")
    for row in rows:
        cells = "".join(
            f"{ef:>7}: {found['recall']['tops']:.3f} ({found['p50_ms']:.2f})" for ef, found in row["ef"].items()
        )
        print(f"  M {row['m']:<4}efConstruction {row['ef_construction']:<5}built in {row['build_s']:>6.1f} s{cells}")


def _recalls(row: dict[str, Any]) -> str:
    recalls = row.get("recall")
    if recalls is None:
        return f"{'exact':>11}"
    return "".join(f"{recalls[c.value]:>11.3f}" if c.value in recalls else f"{'–':>11}" for c in Category)


def _least(row: dict[str, Any]) -> float:
    """Of the shelves."""
    return float(min(row["recall"].values()))
