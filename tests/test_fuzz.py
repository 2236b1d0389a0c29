"""The short form of `scripts/fuzz.py`: a few hundred spoilt files of every format; the long one runs 10,000."""

import random

import pytest
from conftest import from_scripts

TIMES = 60
SEEDS = from_scripts("fuzz_seeds").SEEDS


@pytest.fixture(scope="module")
def fuzz():
    return from_scripts("fuzz")


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    from_scripts("fuzz_seeds").make(folder)
    return folder


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_a_spoilt_file_is_read_or_refused(fuzz, seeds, tmp_path, monkeypatch, name):
    # The child is stopped by the time of its processor; how long that takes hangs on who else uses the machine.
    monkeypatch.setattr(fuzz, "LONGEST_SECONDS", 120.0)
    for part in seeds.iterdir():
        if part.is_file():
            (tmp_path / part.name).write_bytes(part.read_bytes())
    tally = fuzz.spoil(tmp_path, name, times=TIMES, seed=1)
    assert tally.wrong == []
    assert tally.outcomes.total() == TIMES
    assert tally.outcomes["refused"] + tally.outcomes["broke"] > 0
    assert tally.outcomes["broke"] < TIMES / 4


def test_changes_are_the_same_on_every_run(fuzz):
    data = bytes(range(256))
    one, two = (
        [fuzz.changed(data, chance) for chance in [random.Random(3)] * 5]  # noqa: S311 (no secret)
        for _ in range(2)
    )
    assert one == two
    assert all(part != data for part in one)


def test_an_error_that_is_no_refusal_is_counted_as_wrong(fuzz, tmp_path):
    class Broken:
        def read(self, *_arguments, **_options):
            raise KeyError("x")

    tally = fuzz.Tally()
    fuzz._read(Broken(), tmp_path / "a.csv", tally)
    assert tally.wrong == ["KeyError: 'x'"]
