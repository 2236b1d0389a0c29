"""The search for secrets finds them however they are packed: or the tests that find none would show nothing."""

import base64
import io
import json
import re
import sqlite3
import struct
import zipfile
import zlib

import numpy as np
import pytest
from deep_bytes import Places, inside, names, on_grid, placed, told
from shapely import points

from gisplan.maps.canvas.shapes import held
from gisplan.maps.encode import geometry

WORD = "秘密の所有者"
SPOT = np.array([[138.4, 34.9], [138.5, 34.8]])
PLAIN = np.array([[1234.5, -6789.25], [10.0, 20.0]])
PLACES = Places(SPOT, PLAIN)


def zipped(data):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", data)
    return held.getvalue()


def database(cell):
    with sqlite3.connect(":memory:") as file:
        file.execute("create table houses (owner, shape)")
        file.execute("insert into houses values (?, ?)", cell)
        file.commit()
        return file.serialize()


def found(data):
    return any(told(part, [WORD]) for _, part in inside(data, "file"))


@pytest.mark.parametrize(
    "data",
    [
        WORD.encode(),
        WORD.encode("utf-16-le"),
        WORD.encode("cp932"),
        json.dumps({"owner": WORD}).encode(),
        "".join(f"&#{ord(sign)};" for sign in WORD).encode(),
        zipped(f"<w:t>{WORD[:3]}</w:t></w:r><w:r><w:t>{WORD[3:]}</w:t>"),
        zipped(zipped(WORD)),
        b"%PDF-1.4\n<< >>\nstream\n" + zlib.compress(WORD.encode()) + b"\nendstream",
        b'<script>"' + base64.b64encode(zlib.compress((WORD * 9 + "x" * 99).encode())) + b'"</script>',
        database((WORD, b"")),
    ],
    ids=["utf-8", "utf-16", "cp932", "json", "html", "runs", "nested", "pdf", "block", "sqlite"],
)
def test_a_secret_is_found(data):
    assert found(data)
    assert not found(b"nothing of the kind")


def test_a_number_is_found_by_its_form():
    assert names("… A00012,A99999 …".encode(), re.compile("A[0-9]{5}"), {"A00012"}) == {"A00012"}


def test_a_place_is_found_in_every_form():
    _, _, numbers = geometry(points(SPOT))
    large = json.dumps({"parts": dict(held(points(SPOT), "points", in_order=False).parts)})
    forms = {
        "text": b'{"coordinates": [138.4000001, 34.9]}',
        "kml": b"<coordinates>138.4000,34.9000,0</coordinates>",
        "metres": b"x=1234.50 y=-6789.25",
        "steps": json.dumps({"coordinates": [*numbers, 0, 0]}, separators=(",", ":")).encode(),
        "floats": b"\x00\x01" + struct.pack("<dd", 1234.5, -6789.25),
        "block": f'<script type="application/json" data-part="layer">{large}</script>'.encode(),
    }
    assert {name for name, data in forms.items() if placed(data, PLACES)} == set(forms)
    assert placed(b'{"coordinates": [138.41, 34.9]}', PLACES) == 0


def test_the_grid_of_large_layers_is_that_of_the_page():
    from gisplan.maps.canvas.ground import on_grid as ours

    assert on_grid(SPOT).tolist() == ours(SPOT).tolist()
