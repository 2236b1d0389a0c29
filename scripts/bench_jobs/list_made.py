"""A list of vacant houses as a large city's office would keep it: `python list_made.py FOLDER ROWS`.

CP932, twelve columns, years and days in 和暦, thousands separators, some rows in degrees and minutes, some with
latitude and longitude exchanged or missing, and a total below. The same every time.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np

SEED = 22212
HEAD = (
    "管理番号",
    "出典",
    "所在地",
    "緯度",
    "経度",
    "建築年",
    "調査日",
    "構造",
    "敷地面積",
    "所有区分",
    "公開同意",
    "備考",
)
SOURCES = ("実態調査", "台帳", "空き家バンク")
CONSENT = ("有", "無", "")
SOUTH, WEST, HIGH, WIDE = 34.70, 138.10, 0.30, 0.40
MISSING, EXCHANGED, SEXAGESIMAL = 7, 77, 177
"""Of every thousand rows these are such."""

PLAN = """[plan]
title = "bench"
municipality = ["22212"]
date = 2026-11-01

[layers.municipality]
path = "town.geojson"

[layers.vacant_house]
path = "list.csv"
"""


def main(folder: Path, rows: int) -> None:
    """Write the list, the municipality and the plan.

    Parameters
    ----------
    folder
        Where they are written.
    rows
        Houses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "list.csv").open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows(_houses(rows))
        writer.writerow(["合計", *[""] * 7, f"{rows:,}", "", "", ""])
    (folder / "town.geojson").write_text(json.dumps(_town(), ensure_ascii=False), "utf-8")
    (folder / "plan.toml").write_text(PLAN, "utf-8")


def _houses(rows: int) -> list[list[str]]:
    random = np.random.default_rng(SEED)
    place = random.random((rows, 2))
    area = random.random(rows) * 1_900 + 50
    year = random.integers(20, 64, rows)
    return [
        [
            f"A-{number:06d}", SOURCES[number % 3],
            f"静岡県焼津市本町{number % 9 + 1}丁目{number % 997 + 1}番{number % 1009 + 1}号",
            *_written(number, SOUTH + HIGH * north, WEST + WIDE * east), f"昭和{years}年",
            f"令和{number % 6 + 2}年{number % 12 + 1}月{number % 28 + 1}日", "木造", f"{square:,.2f}", "民間",
            CONSENT[number % 3], "草が茂る" if number % 5 == 0 else "",
        ]
        for number, ((north, east), square, years) in enumerate(zip(place, area, year, strict=True), start=1)
    ]  # fmt: skip


def _written(number: int, latitude: float, longitude: float) -> tuple[str, str]:
    kind = number % 1000
    north, east = f"{latitude:.6f}", f"{longitude:.6f}"
    if kind == MISSING:
        return "不明", ""
    if kind == EXCHANGED:
        return east, north
    if kind == SEXAGESIMAL:
        return _angle(latitude), _angle(longitude)
    return north, east


def _angle(value: float) -> str:
    minutes = value % 1 * 60
    return f"{int(value)}度{int(minutes)}分{minutes % 1 * 59.9:.2f}秒"


def _town() -> dict[str, object]:
    west, south, east, north = WEST - 0.05, SOUTH - 0.05, WEST + WIDE + 0.05, SOUTH + HIGH + 0.05
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "properties": {"N03_004": "焼津市", "N03_007": "22212"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return {"type": "FeatureCollection", "features": [feature]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
