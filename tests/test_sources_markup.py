"""XML is read as a stream that opens nothing else; what is dangerous, cut or undecodable is refused by its name."""

import contextlib
import random
import socket
import threading
import time

import pytest
from gml_files import SPACES, collection, curve, feature, kml, ksj, read
from small_files import refused

from gisplan.core.errors import InputError
from gisplan.sources.door import admit
from gisplan.sources.gml import read_gml
from gisplan.sources.markup import DEEPEST, elements, encoding_of
from gisplan.sources.raw import ANYTHING, File, Wanted

POINT = '<gml:Point srsName="urn:ogc:def:crs:EPSG::6668"><gml:pos>34.86 138.32</gml:pos></gml:Point>'
GOOD = '<?xml version="1.0" encoding="UTF-8"?>\n' + collection(feature(POINT))
BODY = GOOD.partition("\n")[2]
DOCTYPES = (
    "<!DOCTYPE x>",
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    "<!doctype x>",
    '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/hostname"> %a;]>',
)


def straight(path, data, *, driver="gml"):
    """Read bytes without the door, which refuses some of them sooner."""
    path.write_bytes(data)
    return read_gml(File(path=path, name="a.gml", driver=driver, sha256="", size=len(data)), ANYTHING)


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("before", ["", "<!-- a -->", f"<!--{' ' * 70_000}-->", "<?a b?>\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_document_type_is_refused_wherever_it_stands_and_however_it_is_written(
    tmp_path, doctype, before, encoding
):
    data = f"{before}{doctype}{BODY}".encode(encoding)
    with refused("sec.doctype", place="a.gml"):
        straight(tmp_path / "a.gml", data)


def test_a_document_type_hidden_in_an_odd_codec_is_refused(tmp_path):
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE a [+ADw-!ENTITY b "c"+AD4-]+AD4-'
    with refused("enc.declared", place="a.gml"):
        straight(tmp_path / "a.gml", hidden + BODY.encode())


def test_a_document_type_inside_a_text_is_text(tmp_path):
    raw = straight(tmp_path / "a.gml", GOOD.replace("甲", "<![CDATA[<!DOCTYPE html>]]>").encode())
    assert raw.table["name"].tolist() == ["<!DOCTYPE html>"]


def test_an_entity_that_nothing_declares_is_damage(tmp_path):
    with refused("file.corrupt", place="a.gml"):
        read(tmp_path / "a.gml", GOOD.replace("甲", "&a;"))


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("cp932", "Shift_JIS"),
        ("cp932", "windows-31j"),
        ("euc_jp", "EUC-JP"),
        ("utf-8", "UTF-16"),
    ],
)
def test_japanese_is_read_in_the_codec_that_the_file_declares(tmp_path, encoding, declared):
    text = GOOD.replace("UTF-8", declared).replace("甲", "表十能ソ髙橋")
    text = text.replace("髙", "高") if encoding == "euc_jp" else text
    raw = straight(tmp_path / "a.gml", text.encode(encoding))
    assert raw.table["name"].tolist() == ["表十能ソ高橋" if encoding == "euc_jp" else "表十能ソ髙橋"]
    assert raw.geometry[0].coords[0] == (138.32, 34.86)


def test_a_wrong_declaration_is_told_and_can_be_answered(tmp_path):
    data = GOOD.encode("cp932")
    with refused("enc.xml", place="a.gml") as problems:
        read(tmp_path / "a.gml", data)
    assert "cp932" in problems[0].cure.ja
    raw = read_gml(admit(tmp_path / "a.gml", name="a.gml"), Wanted(encoding="cp932"))
    assert raw.table["name"].tolist() == ["甲"]
    assert raw.encoding == "cp932"


def test_the_door_knows_utf_16(tmp_path):
    path = tmp_path / "a.gml"
    path.write_bytes(GOOD.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert admit(path, name="a.gml").driver == "gml"
    path.write_bytes("名称,緯度,経度\n甲,34,138\n".encode("utf-16"))
    assert admit(path, name="a.csv").driver == "csv"
    path.write_bytes(f"<!DOCTYPE a>{BODY}".encode("utf-16"))
    with refused("sec.doctype", place="a.gml"):
        admit(path, name="a.gml")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_file_that_is_cut_says_so(tmp_path, share):
    text = collection(*(feature(POINT, key=f"a.{i}") for i in range(20)))
    with refused("file.truncated", place="a.gml"):
        read(tmp_path / "a.gml", text.encode()[: int(len(text.encode()) * share)])


@pytest.mark.parametrize("damage", ["<a></b>", "<a b=1/>", '<a b="1" b="2"/>', "&#1;", "<a"])
def test_a_file_that_is_damaged_within_says_so(tmp_path, damage):
    with refused("file.corrupt", place="a.gml"):
        read(tmp_path / "a.gml", GOOD.replace("甲", damage))


@pytest.mark.parametrize("depth", [DEEPEST, 200, 300, 5000])
@pytest.mark.parametrize("frame", ["gml", "kml"])
def test_elements_nested_too_deep_are_refused(tmp_path, depth, frame):
    nested = "<x>" * depth + "</x>" * depth
    text = GOOD.replace("甲", nested) if frame == "gml" else kml(nested)
    with refused("sec.depth", place=f"a.{frame}"):
        read(tmp_path / f"a.{frame}", text)


def test_a_text_of_more_than_ten_million_characters_is_refused_by_its_length(tmp_path):
    with refused("xml.too_long", place="a.gml"):
        read(tmp_path / "a.gml", GOOD.replace("甲", "x" * 11_000_000))


@contextlib.contextmanager
def listening():
    """Yield the port of a server on this machine and the list of who came."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def wait():
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    came.append(server.accept())

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield server.getsockname()[1], came
        finally:
            stop.set()
            thread.join()


def test_no_schema_link_style_or_inclusion_is_followed(tmp_path):
    with listening() as (port, came):
        url = f"http://127.0.0.1:{port}/x"
        schema = f'xsi:schemaLocation="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app {url}"'
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}"/>'
        body = f'<ksj:F gml:id="f"><ksj:loc>{POINT}</ksj:loc><ksj:link xlink:href="{url}"/>{include}</ksj:F>'
        raw = read(
            tmp_path / "a.gml",
            ksj(body)
            .replace('gml:id="D"', f'gml:id="D" {schema}', 1)
            .replace('xsi:schemaLocation="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app KsjAppSchema.xsd"', ""),
        )
        assert len(raw.table) == 1
        links = (
            f"<NetworkLink><Link><href>{url}</href></Link></NetworkLink><GroundOverlay><Icon><href>{url}</href></Icon>"
            f"</GroundOverlay><Placemark><styleUrl>{url}#s</styleUrl><Point><coordinates>138,35</coordinates></Point>"
            "</Placemark>"
        )
        assert len(read(tmp_path / "a.kml", kml(links)).table) == 1
        with contextlib.suppress(InputError):
            straight(tmp_path / "b.gml", f'<!DOCTYPE x SYSTEM "{url}">{BODY}'.encode())
        time.sleep(0.3)
    assert came == []


def test_every_element_begins_and_ends_once_in_its_depth(tmp_path):
    path = tmp_path / "a.gml"
    path.write_text(f"<a {SPACES}><!-- c --><b><c/></b><?p?><b/></a>")
    file = File(path=path, name="a", driver="gml", sha256="", size=path.stat().st_size)
    walk = [(begins, element.tag, depth) for begins, element, depth in elements(file, encoding_of(file, ""))]
    assert [(tag, depth) for begins, tag, depth in walk if begins] == [("a", 1), ("b", 2), ("c", 3), ("b", 2)]
    assert [(tag, depth) for begins, tag, depth in walk if not begins] == [
        ("c", 3),
        ("b", 2),
        ("b", 2),
        ("a", 1),
    ]


def mutated(data, rng):
    """Return bytes with a few of them changed, dropped, doubled or exchanged for another place."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(found))
        how = rng.randrange(5)
        if how == 0:
            found[at] = rng.randrange(256)
        elif how == 1:
            del found[at : at + rng.randint(1, 30)]
        elif how == 2:
            found[at:at] = found[at : at + rng.randint(1, 60)]
        elif how == 3:
            found[at:at] = rng.choice(
                [b"<", b">", b"&", b"nan", b"1e999", b"-", b"#", b"]]>", b"\xff\xfe", b"\x00"]
            )
        else:
            del found[rng.randrange(len(found)) + 1 :]
        if not found:
            break
    return bytes(found)


@pytest.mark.parametrize("suffix", ["gml", "kml"])
def test_damaged_bytes_end_as_a_problem_or_as_rows_that_are_counted(tmp_path, suffix):
    rng = random.Random(20261101)  # noqa: S311 (the same damage each time)
    for data in samples(suffix):
        for _ in range(60):
            spoiled = mutated(data, rng)
            with contextlib.suppress(InputError):
                raw = read(tmp_path / f"a.{suffix}", spoiled)
                if raw.geometry is not None and suffix == raw.file.driver:
                    assert len(raw.table) == len(raw.geometry) == len(raw.rows) == len(raw.mended)
                    assert len({*raw.rows.tolist(), *(row.row for row in raw.refused)}) == len(
                        raw.rows
                    ) + len(raw.refused)


def samples(suffix):
    """Return small files of many kinds of elements."""
    if suffix == "kml":
        folder = (
            '<Folder><name>避難所</name><Placemark id="p"><name>甲</name><TimeStamp><when>2026</when></TimeStamp>'
            '<ExtendedData><Data name="a"><value>1</value></Data></ExtendedData><MultiGeometry><Polygon>'
            "<outerBoundaryIs><LinearRing><coordinates>138,35,0 138.1,35,0 138.1,35.1,0 138,35,0</coordinates>"
            "</LinearRing></outerBoundaryIs></Polygon><Point><coordinates>138,35,5</coordinates></Point>"
            "</MultiGeometry></Placemark></Folder>"
        )
        return [kml(folder).encode(), kml(folder).encode("utf-16")]
    surface = (
        '<gml:Surface gml:id="s"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember '
        'xlink:href="#c"/><gml:curveMember xlink:href="#d"/></gml:Ring></gml:exterior></gml:PolygonPatch>'
        '</gml:patches></gml:Surface><ksj:F gml:id="f"><ksj:are xlink:href="#s"/><ksj:n>a</ksj:n></ksj:F>'
    )
    whole = ksj(curve("c", "34 138 34 139 35 139") + curve("d", "35 139 34 138") + surface)
    arc = feature(
        '<gml:Curve srsName="EPSG:6676"><gml:segments><gml:Arc><gml:posList>0 0 1 1 2 0</gml:posList></gml:Arc>'
        "</gml:segments></gml:Curve>"
    )
    return [whole.encode(), whole.replace("UTF-8", "Shift_JIS").encode("cp932"), collection(arc).encode()]
