"""Scenarios on the village whose minutes can be worked out by hand."""

from village_roads import atlas, places, village

from gisplan.access import measure
from gisplan.core.options import AccessOptions
from gisplan.core.scenario import RoadChange, Scenario
from gisplan.network import connect
from gisplan.siting import simulate

HOUSES = places(
    [{"id": f"v{n}", "at": at} for n, at in enumerate([(500, 30), (1750, -600), (3000, 0), (40, 800)])]
)
OPTIONS = AccessOptions(origins=("vacant_house",), destinations=("interchange", "hub"))


def world(*changes, layers=None, access=OPTIONS, name="試案"):
    import dataclasses

    made = atlas(layers or village(vacant_house=HOUSES), access=access)
    scenario = Scenario(
        name=name,
        roads=tuple(c for c in changes if isinstance(c, RoadChange)),
        places=tuple(c for c in changes if not isinstance(c, RoadChange)),
        line=9,
    )
    return dataclasses.replace(made, plan=dataclasses.replace(made.plan, scenarios=(scenario,)))


def road(deed, **more):
    return RoadChange(deed=deed, key="scenario[1].road[1]", line=10, **more)


def run(made):
    connected = connect(made)
    return simulate(made, connected, measure(made, connected))


def test_a_faster_road():
    found = run(world(road("improve", id=("r1",), speed_kmh=50.0)))
    print(
        found.tables["scenarios"]
        .drop(columns=["basis_ja", "basis_en", "rounding_ja", "rounding_en", "source_ja", "source_en"])
        .to_string()
    )
    print(found.tables["link_changes"].to_string())
    print(found.tables["gains"].to_string())
    print(found.findings[["code", "subject", "reason_ja"]].to_string())
