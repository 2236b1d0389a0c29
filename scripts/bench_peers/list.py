"""The peer of `bench.py list`: the steps of that check as an analyst writes them for this one list.

`python scripts/bench_peers/list.py FOLDER`, with pandas and geopandas and nothing of gisplan. The encoding, the
columns and the kinds of faults are known beforehand, and nothing else is looked for.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd

CRS = 6676
ANGLE = re.compile(r"(\d+)度(\d+)分([\d.]+)秒")
SHOWA = 1925


def main(folder: Path) -> None:
    """Read the list, place its houses, find double ones, and count them by source."""
    town = gpd.read_file(folder / "town.geojson").to_crs(CRS)
    raw = pd.read_csv(folder / "list.csv", encoding="cp932", dtype=str, keep_default_na=False)
    read = len(raw)
    rows = raw[~raw["管理番号"].isin(["計", "合計", "小計", "総計"])].copy()
    rows["year"] = rows["建築年"].map(showa)
    rows["area"] = pd.to_numeric(rows["敷地面積"].str.replace(",", ""), errors="coerce")
    rows["consent"] = rows["公開同意"].map({"有": True, "無": False})
    y, x = (rows[name].map(degrees) for name in ("緯度", "経度"))
    inside = x.between(122, 154) & y.between(20, 46)
    rows = rows[inside]
    points = gpd.points_from_xy(x[inside], y[inside], crs=6668)
    houses = gpd.GeoDataFrame(rows, geometry=points).to_crs(CRS).drop_duplicates("管理番号")
    houses["lot"] = houses["所在地"].str.normalize("NFKC").str.replace(r"丁目|番地?|号", "-", regex=True)
    again = int(houses.duplicated("lot").sum())
    here = gpd.sjoin(houses, town[["geometry"]], predicate="within")
    found = {
        "read": read,
        "refused": read - len(houses),
        "by_source": here["出典"].value_counts().to_dict(),
        "years": int(houses["year"].sum()),
        "square_metres": float(houses["area"].sum()),
        "again": again,
    }
    (folder / "theirs.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def degrees(text: str) -> float:
    """Return a coordinate, NaN where there is none."""
    if found := ANGLE.fullmatch(text):
        return int(found[1]) + int(found[2]) / 60 + float(found[3]) / 3600
    try:
        return float(text)
    except ValueError:
        return float("nan")


def showa(text: str) -> int | None:
    """Return the year of a year of 昭和."""
    found = re.fullmatch(r"昭和(\d+)年", text)
    return SHOWA + int(found[1]) if found else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
