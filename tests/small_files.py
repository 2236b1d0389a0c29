"""Small files that the tests of reading make, and the answers they expect."""

import contextlib
import re
import zipfile

import geopandas as gpd
import pytest
import shapely

from gisplan.core.errors import InputError

YAIZU = (138.32, 34.86)
SQUARE = shapely.box(138.30, 34.85, 138.31, 34.86)


def shapefile(folder, *, stem="zone", rows=3, crs=6668, encoding="cp932", cpg=None, **columns):
    """Write a shapefile of squares with text columns; `cpg` is the text of its .cpg, None for none."""
    boxes = [shapely.box(138.30 + i / 100, 34.85, 138.305 + i / 100, 34.855) for i in range(rows)]
    columns = columns or {"名称": [f"区域{i}" for i in range(rows)]}
    path = folder / f"{stem}.shp"
    gpd.GeoDataFrame(columns, geometry=boxes, crs=crs).to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path


class Member(zipfile.ZipInfo):
    """A member whose name an old archiver wrote: in a codec of its own, without the flag of UTF-8."""

    codec = "cp932"

    def _encodeFilenameFlags(self):  # noqa: N802 (the name is zipfile's)
        return self.filename.encode(self.codec), self.flag_bits


class MacMember(Member):
    codec = "utf-8"


def zipped(path, members, *, kind=zipfile.ZipInfo):
    """Write a zip of names and bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            info = kind(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path


def members(path):
    """Return the parts of a shapefile by suffix."""
    return {part.suffix: part.read_bytes() for part in path.parent.glob(f"{path.stem}.*")}


@contextlib.contextmanager
def refused(code, *, place="", error=InputError, exit_code=2):
    """Expect problems of one code that say place and cure in both languages; yields a list that gets them."""
    found = []
    with pytest.raises(error) as raised:
        yield found
    found += raised.value.problems
    assert raised.value.exit_code == exit_code
    assert {problem.code for problem in found} == {code}
    for problem in found:
        assert place in problem.place
        assert problem.place
        for text in (problem.what, problem.cure):
            assert text.ja != text.en
            assert not re.search(r"\?[a-z_]", text.ja + text.en)  # a value that no one gave
