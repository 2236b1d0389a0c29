"""The plan chapter of a village: what it says, for whom, in which language; its settings, template and command."""
# ruff: noqa: PD011 (the values of a problem are no data frame)

import dataclasses
import io

import docx
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from small_paper import body_of, parts_of, png, texts_of
from village import on_disk
from village.on_disk import HOUSES, OPEN_HOUSES, SECRETS, asked, everything

from gisplan.core.errors import ConfigurationError, DiskError
from gisplan.core.report import CHAPTERS
from gisplan.core.words import Text
from gisplan.layers.catalogue import packaged_folder
from gisplan.maps.papers.template import default_template
from gisplan.maps.papers.words import Board, Bullets, Heading, Paragraph, Picture
from gisplan.maps.words import Illustration
from gisplan.plan import outputs
from gisplan.plan.paper import write
from gisplan.plan.paper.document import chapter_of, document_of
from gisplan.plan.read import read_plan
from gisplan.plan.release import release
from gisplan.plan.run import Request, run

SITE = "\n[site]\np = 1\nseconds = 5\n"


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Return the plan of the village, with hubs to be chosen."""
    return on_disk.build(tmp_path_factory.mktemp("village"), tail=on_disk.ACCESS + SITE)


@pytest.fixture(scope="module")
def results(village):
    return run(Request(plan=village, out=None, layers=packaged_folder())).results


def for_audience(results, audience):
    atlas = results.atlas
    plan = dataclasses.replace(atlas.plan, audience=audience)
    told = dataclasses.replace(results, atlas=dataclasses.replace(atlas, plan=plan))
    return told, release(told, audience=audience)


@pytest.fixture(scope="module")
def inside(results):
    return document_of(*for_audience(results, "internal"), ())


def texts(told, language="ja"):
    """Yield every text of a document."""
    for text in (told.title, *told.notices, *(text for _, text in told.cover)):
        yield text.of(language)
    for chapter in told.chapters:
        yield chapter.title.of(language)
        for part in chapter.parts:
            if isinstance(part, Paragraph):
                yield part.text.of(language)
            elif isinstance(part, Bullets):
                yield from (item.of(language) for item in part.items)
            elif isinstance(part, Heading):
                yield part.title.of(language)
            elif isinstance(part, Board):
                yield part.title.of(language)
                yield from (column.title.of(language) for column in part.columns)
                yield from (note.of(language) for note in part.notes)
                yield from (cell.of(language) for row in part.rows for cell in row)
            elif isinstance(part, Picture):
                yield from (part.title.of(language), part.about.of(language))


def board_of(told, key, title):
    (found,) = [
        part
        for chapter in told.chapters
        if chapter.key == key
        for part in chapter.parts
        if isinstance(part, Board) and part.title.ja == title
    ]
    return found


def rows_of(board, language="ja"):
    return [[cell.of(language) for cell in row] for row in board.rows]


def test_the_chapters_stand_in_their_order(inside):
    keys = [chapter.key for chapter in inside.chapters]
    assert keys == [key for key in CHAPTERS if key != "figures"]
    assert [chapter.number for chapter in inside.chapters] == list(range(1, len(keys) + 1))


def test_the_key_figures_stand_with_what_they_rest_on(inside):
    rows = rows_of(board_of(inside, "summary", "主な数値とその基礎"))
    known = {title: (value, basis) for title, value, basis in rows}
    # Two areas of 13 ha, 4 ha of each in the four zones of the Act; one has the requirements and the consent.
    assert known["特定居住促進区域（旧の版を除き、公表前のものを含む）"][0] == "2 区域、26.0 ha"
    assert known["重点地区の内側に収まる区域"][0] == "2 区域中 2 区域"
    assert known["特例の対象となり得る面積"][0] == "4.0 ha"
    assert known["拠点施設"][0] == "2 か所"
    assert all(basis for _, basis in known.values())


def test_the_facility_table_has_what_a_plan_is_asked_for(inside):
    board = board_of(inside, "hubs", "拠点施設の一覧")
    assert [column.title.ja for column in board.columns] == [
        "名称", "所在地", "用途地域", "用途と判定", "ICまで [分]", "災害", "床面積 [㎡]",
    ]  # fmt: skip
    east, west = rows_of(board)
    assert east[:3] == ["東の拠点", "—", "商業地域"]
    assert east[3] == "コワーキング・事務所：建築可能（許可不要）"
    assert east[4].endswith("\n村IC")
    assert (east[5], east[6]) == ("未評価", "200.00")
    assert west[0] == "西の拠点"
    notes = " ".join(note.ja for note in board.notes)
    assert "資料：" in notes
    assert "判定日 2026-11-01" in notes
    assert "丸め" in notes


def test_two_hubs_of_one_name_are_told_apart_and_each_has_its_minutes(results):
    told, released = for_audience(results, "internal")
    before = rows_of(board_of(document_of(told, released, ()), "hubs", "拠点施設の一覧"))
    hubs = released.layers["hub"]
    apart = dict(zip(hubs.table["name"], "会館 (" + hubs.table["id"] + ")", strict=True))
    links = released.tables["best_links"]
    tables = {
        **released.tables,
        "verdicts": released.tables["verdicts"].assign(name="会館"),
        "best_links": links.assign(hub=links["hub"].map(apart)),  # as the network names them
    }
    twins = dataclasses.replace(hubs, table=hubs.table.assign(name="会館"))
    layers = {**released.layers, "hub": twins}
    document = document_of(told, dataclasses.replace(released, layers=layers, tables=tables), ())
    after = rows_of(board_of(document, "hubs", "拠点施設の一覧"))
    assert [row[0] for row in after] == ["会館 (K1)", "会館 (K2)"]
    assert [row[1:] for row in after] == [row[1:] for row in before]
    assert all(row[4].endswith("\n村IC") for row in after)
    reasons = rows_of(board_of(document, "hubs", "拠点施設の判定の理由"))
    assert {name for row in reasons for name in row[0].split("、")} == set(apart.values())


def test_the_facility_table_takes_any_name_of_the_column_of_places(results, inside):
    told, released = for_audience(results, "internal")
    hubs = released.layers["hub"]
    moved = dataclasses.replace(hubs, table=hubs.table.rename_geometry("place"))
    other = dataclasses.replace(released, layers={**released.layers, "hub": moved})
    title = ("hubs", "拠点施設の一覧")
    assert board_of(document_of(told, other, ()), *title) == board_of(inside, *title)


def test_what_was_not_assessed_is_never_nought(inside):
    for row in rows_of(board_of(inside, "present", "災害の想定区域に入る拠点・候補敷地・空家等の数")):
        assert row[1:] == ["未評価"] * 3
    rows = rows_of(board_of(inside, "present", "三つの定義による数"))
    assert [row[1] for row in rows] == ["未評価、資料なし", "8 戸", "2 件"]
    titles = [
        part.title.ja for chapter in inside.chapters for part in chapter.parts if isinstance(part, Heading)
    ]
    assert "大都市から" not in titles  # what was not asked for is not there at all
    assert "土地の適性から見た地区" not in titles


@pytest.fixture(scope="module")
def doubles(tmp_path_factory):
    """Return the village with two houses in a second list, and one of the municipality; H01 is flooded."""
    folder = tmp_path_factory.mktemp("doubles")
    plan = on_disk.build(folder, flood='path = "data/flood.geojson"')
    houses = folder / on_disk.PATHS["vacant_house"]
    rows = pd.read_csv(houses, dtype=str).fillna("").set_index("管理番号", drop=False)
    more = rows.loc[["H08", "H08", "H01"]].assign(
        管理番号=["H09", "H10", "H11"],
        出典=["空き家バンク", "調査", "台帳"],
        公開同意=["×", "", "○"],
        住所="",
        所有者区分=["", "市町村", ""],
    )
    longitude, latitude = on_disk.degrees(1200, 500)
    more.loc[more["管理番号"] == "H10", ["経度", "緯度"]] = [str(longitude), str(latitude)]
    pd.concat([rows.assign(所有者区分=""), more]).to_csv(houses, index=False)
    flood = gpd.GeoDataFrame(
        {"depth_rank": ["2"]}, geometry=[shapely.box(110, 100, 150, 180)], crs=on_disk.CRS
    )
    on_disk.write(folder / "data" / "flood.geojson", flood)
    return run(Request(plan=plan, out=None, parts=("check", "access"))).results


@pytest.mark.parametrize(("audience", "records", "houses"), [("internal", 11, 8), ("public", 4, 3)])
def test_a_house_in_two_lists_counts_once_in_the_hazards_too(doubles, audience, records, houses):
    told, released = for_audience(doubles, audience)
    assert len(released.layers["vacant_house"].table) == records
    document = document_of(told, released, ())
    board = board_of(document, "present", "災害の想定区域に入る拠点・候補敷地・空家等の数")
    (flooded,) = [row for row in rows_of(board) if row[0].startswith("洪水")]
    assert flooded[-1] == f"1／{houses}"
    _, by_the_act, _ = rows_of(board_of(document, "present", "三つの定義による数"))
    assert by_the_act[1] == f"{houses} 戸"
    if audience == "internal":
        counts = released.tables["house_counts"].query("kind == 'municipality' and source == 'all'")
        assert counts["houses"].sum() == houses
    notes = " ".join(note.ja for note in board.notes)
    assert "1戸と数え" in notes
    assert ("国・地方公共団体" in notes) == (audience == "internal")


def test_links_stand_in_one_row_for_both_directions(inside):
    rows = rows_of(board_of(inside, "roads", "拠点ごとの最も早く着くIC"))
    by_hub = {row[0]: row for row in rows if row[2] == "村IC"}
    assert set(by_hub) == {"東の拠点", "西の拠点"}
    there, back = float(by_hub["東の拠点"][3]), float(by_hub["東の拠点"][4])
    assert there == back
    assert float(by_hub["西の拠点"][3]) > there


def test_procedures_of_one_kind_and_state_share_a_row(inside, results):
    board = board_of(inside, "procedures", "手続と状況")
    table = results.tables["procedures"]
    assert 0 < len(board.rows) < len(table)
    assert {row[4] for row in rows_of(board)} <= {"済", "未了", "不要", "判定できない"}
    assert all(row[3] for row in rows_of(board))  # no procedure without an article


def test_siting_says_whether_it_is_proven(inside):
    (chapter,) = [chapter for chapter in inside.chapters if chapter.key == "siting"]
    first = chapter.parts[0]
    assert "証明" in first.text.ja
    assert "許可を意味しません" in first.text.ja


def test_the_last_chapter_tells_data_speeds_and_how_to_compute_it_again(inside):
    last = inside.chapters[-1]
    said = " ".join(text for text in texts(dataclasses.replace(inside, chapters=(last,)), "ja"))
    for word in (
        "使った資料",
        "使った速度",
        "manifest.json",
        "gisplan run",
        "2026-11-01",
        "四捨五入",
        "未評価",
    ):
        assert word in said


def test_both_languages_say_the_same_and_english_has_no_japanese_of_ours(inside):
    ja, en = list(texts(inside, "ja")), list(texts(inside, "en"))
    assert len(ja) == len(en)
    assert all(bool(one) == bool(other) for one, other in zip(ja, en, strict=True))
    headings = [chapter.title.en for chapter in inside.chapters]
    headings += [
        part.title.en for chapter in inside.chapters for part in chapter.parts if isinstance(part, Heading)
    ]
    assert all(title.isascii() or "“" in title for title in headings)


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_nothing_that_is_held_back_is_in_the_papers(results, audience, tmp_path):
    """The owner, the telephone number, the remark, the address and every house without consent stay in the office."""
    told, released = for_audience(results, audience)
    write.write_papers(told, released, (), folder=tmp_path, figures=tmp_path)
    word = "".join(
        data.decode("utf-8", "replace") for data in parts_of((tmp_path / "plan.docx").read_bytes()).values()
    )
    page = (tmp_path / "report.html").read_text("utf-8")
    for hidden in (*SECRETS, *(name for name in HOUSES if name not in OPEN_HOUSES)):
        assert hidden not in word
        assert hidden not in page
    assert released.held_back == 5
    assert "5 件" in page
    assert "出典ごとの数" not in page  # it would count those held back
    (act,) = [row for row in rows_of(board_of(document_of(told, released, ()), "present", "三つの定義による数"))
              if "空家等（" in row[0]]  # fmt: skip
    assert act[1] == "3 戸"


def test_the_figures_stand_in_their_chapters(results):
    told, released = for_audience(results, "internal")
    names = ("map_zoning", "curve_vacant_house", "own_map")
    shapes = tuple(Illustration(name=name, title=name, width_mm=100.0, height_mm=50.0) for name in names)
    document = document_of(told, released, shapes)
    where = {
        part.illustration.name: chapter.key
        for chapter in document.chapters
        for part in chapter.parts
        if isinstance(part, Picture)
    }
    assert where == {"map_zoning": "areas", "curve_vacant_house": "access", "own_map": "figures"}
    assert [part.number for chapter in document.chapters for part in chapter.parts if isinstance(part, Picture)] == [
        1, 2, 3,
    ]  # fmt: skip
    assert chapter_of("map_zoning", ["figures"]) == "figures"


def test_both_papers_are_written_and_the_same_again(results, tmp_path):
    told, released = for_audience(results, "internal")
    png(tmp_path / "map_zoning.png")
    shapes = (Illustration(name="map_zoning", title="用途", width_mm=120.0, height_mm=80.0),)
    held = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write.write_papers(told, released, shapes, folder=folder, figures=tmp_path)
        held.append(everything(folder))
    assert held[0] == held[1]
    assert set(held[0]) == {"plan.docx", "report.html"}
    lines = texts_of(body_of(held[0]["plan.docx"]))
    assert lines[0] == "村の計画"
    assert "基準日（法令の適用日）：2026年11月1日" in lines
    assert "村の計画" in held[0]["report.html"].decode()


# ---- settings, template, command


def plan_with(tmp_path, report):
    return on_disk.build(tmp_path, tail=on_disk.ACCESS + f"\n[report]\n{report}\n")


def problems_of(plan):
    with pytest.raises(ConfigurationError) as raised:
        read_plan(plan)
    return raised.value.problems


def test_a_chapter_may_be_left_out_but_not_the_sources(tmp_path):
    plan = plan_with(tmp_path, 'leave_out = ["sources", "sitting", "siting"]')
    kept, unknown = problems_of(plan)
    line = plan.read_text("utf-8").splitlines().index('leave_out = ["sources", "sitting", "siting"]') + 1
    assert (kept.code, kept.place) == ("report.kept", f"plan.toml:{line} report.leave_out[1]")
    assert (unknown.code, unknown.values["name"]) == ("config.unknown_name", "sitting")
    assert "siting" in unknown.what.ja


def test_what_is_left_out_is_not_there(results):
    told, released = for_audience(results, "internal")
    plan = told.atlas.plan
    report = dataclasses.replace(plan.report, leave_out=("siting", "findings"), office="企画課")
    plan = dataclasses.replace(plan, report=report)
    told = dataclasses.replace(told, atlas=dataclasses.replace(told.atlas, plan=plan))
    document = document_of(told, released, ())
    assert not {"siting", "findings"} & {chapter.key for chapter in document.chapters}
    assert (document.office, dict(document.cover)["office"]) == ("企画課", Text(ja="企画課", en="企画課"))


def test_an_unknown_key_is_told_with_the_one_it_may_mean(tmp_path):
    (problem,) = problems_of(plan_with(tmp_path, 'tempate = "a.docx"'))
    assert problem.code == "config.unknown_key"
    assert "template" in problem.what.ja


@pytest.mark.parametrize(
    ("held", "code"),
    [(None, "report.template_missing"), (b"no", "report.template_kind"), (b"PK", "report.template_kind")],
)
def test_a_template_that_cannot_be_one_is_told_before_anything_is_computed(tmp_path, monkeypatch, held, code):
    plan = plan_with(tmp_path / "v", 'template = "形.docx"')
    if held is not None:
        (plan.parent / "形.docx").write_bytes(held)
    monkeypatch.setattr("gisplan.plan.run._results", lambda *_asked: pytest.fail("it was computed first"))
    with pytest.raises(ConfigurationError) as raised:
        run(Request(plan=plan, out=tmp_path / "out", outputs=("report",)))
    (problem,) = raised.value.problems
    assert problem.code == code
    assert problem.place.startswith("plan.toml:")
    assert "report.template" in problem.place
    assert not (tmp_path / "out").exists()


def test_the_office_s_template_is_used_and_a_changed_one_makes_the_papers_anew(
    results, tmp_path, monkeypatch
):
    plan = plan_with(tmp_path / "v", 'template = "形.docx"')
    made = docx.Document(io.BytesIO(default_template("ja")))
    made.paragraphs[0].insert_paragraph_before("市の様式")
    made.save(plan.parent / "形.docx")
    told, _ = for_audience(results, "internal")
    own = read_plan(plan)
    told = dataclasses.replace(told, atlas=dataclasses.replace(told.atlas, plan=own))
    monkeypatch.setattr("gisplan.plan.run._results", lambda *_asked: told)
    monkeypatch.setattr(outputs, "_write_figures", lambda *_asked, **_words: ())
    request = Request(plan=plan, out=tmp_path / "out", parts=("check", "access"), outputs=("report",))
    assert not run(request).unchanged
    assert texts_of(body_of((tmp_path / "out" / "plan.docx").read_bytes()))[0] == "市の様式"
    assert run(request).unchanged
    made.paragraphs[0].text = "市の新しい様式"
    made.save(plan.parent / "形.docx")
    assert not run(request).unchanged
    assert texts_of(body_of((tmp_path / "out" / "plan.docx").read_bytes()))[0] == "市の新しい様式"


def test_where_the_word_file_cannot_be_written_the_old_papers_stay_whole(
    results, village, tmp_path, monkeypatch
):
    told, _ = for_audience(results, "internal")
    monkeypatch.setattr("gisplan.plan.run._results", lambda *_asked: told)
    monkeypatch.setattr(outputs, "_write_figures", lambda *_asked, **_words: ())
    request = Request(plan=village, out=tmp_path / "out", outputs=("report",), force=True)
    run(request)
    before = everything(tmp_path / "out")

    def full(self, *_args):
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.write_bytes", full)
        with pytest.raises(DiskError):
            run(request)
    assert everything(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_command_writes_our_template_and_never_over_another(village, tmp_path, capsys, monkeypatch):
    target = tmp_path / "形.docx"
    done = asked(capsys, "report", village, "--template-out", target, monkeypatch=monkeypatch)
    assert (done.code, target.read_bytes()) == (0, default_template("ja"))
    assert '[report] template = "形.docx"' in done.out
    target.write_bytes(b"edited")
    again = asked(capsys, "report", village, "--template-out", target, monkeypatch=monkeypatch)
    assert (again.code, target.read_bytes()) == (2, b"edited")
    assert "report.template_there" in again.err
    named = asked(capsys, "report", village, "--template-out", tmp_path / "a.doc", monkeypatch=monkeypatch)
    assert (named.code, "report.template_named" in named.err) == (2, True)


def test_the_command_writes_both_papers_beside_their_figures(results, village, tmp_path, capsys, monkeypatch):
    told, _ = for_audience(results, "internal")
    monkeypatch.setattr("gisplan.plan.run._results", lambda *_asked: told)
    monkeypatch.setattr(outputs, "_write_figures", lambda *_asked, **_words: ())
    done = asked(capsys, "report", village, "--out", tmp_path / "out", monkeypatch=monkeypatch)
    assert done.code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "plan.docx",
        "report.html",
        "manifest.json",
    }
