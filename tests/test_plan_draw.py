"""The words of the package, used as a program uses them."""

from village import on_disk

import gisplan as gp


def test_a_program_reads_checks_measures_and_draws(tmp_path):
    path = on_disk.build(tmp_path)
    atlas = gp.load(gp.read_plan(str(path)))
    checked, connected = gp.check(atlas), gp.connect(atlas)
    measured = gp.measure(atlas, connected)
    bare = gp.draw(atlas)
    whole = gp.draw(atlas, checked=checked, connected=connected, measured=measured)
    assert whole.write(tmp_path / "map.html").read_text("utf-8") == whole.html
    assert "村の計画" in bare.html
    assert "table-1" in whole.html
    assert len(whole.html) > len(bare.html)


def test_every_public_word_is_there():
    for name in gp.__all__:
        assert getattr(gp, name) is not None
