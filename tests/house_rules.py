"""The rules of the house as functions: sources in, what breaks a rule out (`file:line what`)."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache

FLOORS = {
    "core": 0,
    "sources": 1,
    "layers": 2,
    "overlay": 3,
    "network": 3,
    "law": 4,
    "access": 4,
    "siting": 5,
    "maps": 6,
    "plan": 7,
    "cli": 8,
}
ROOF = 9  # gisplan/__init__.py and __main__.py see every floor
ONLY_IN = {
    "osmnx": ("gisplan/sources/osm.py", "gisplan/sources/osm_fetch.py"),
    "pooch": ("gisplan/sources/fetch.py",),
    "folium": ("gisplan/maps/",),
    "branca": ("gisplan/maps/",),
    "matplotlib": ("gisplan/maps/",),
    "pg8000": ("gisplan/sources/database.py",),
    "rasterio": (
        "gisplan/sources/band.py",
        "gisplan/sources/geotiff.py",
        "gisplan/sources/raster.py",
        "gisplan/overlay/zonal.py",
    ),
}
WRITERS = (
    "gisplan/core/disk.py",  # the one way to write a file
    "gisplan/core/packed.py",  # this fills what `whole` or `replacing` yields
    "gisplan/maps/csv_files.py",  # these fill the new folder that `replacing` puts in place
    "gisplan/maps/exports/geojson.py",
    "gisplan/maps/exports/kml.py",
    "gisplan/maps/figures.py",
    "gisplan/maps/layers.py",
    "gisplan/maps/rejects.py",
    "gisplan/maps/sheets/subset.py",  # this fills a temporary folder
    "gisplan/maps/sheets/write.py",
    "gisplan/maps/tables.py",
    "gisplan/plan/everywhere.py",
    "gisplan/plan/examine.py",
    "gisplan/plan/manifest.py",
    "gisplan/plan/outputs.py",
    "gisplan/plan/paper/write.py",
    "gisplan/plan/write.py",
    "gisplan/maps/papers/inlined.py",  # these save into memory
    "gisplan/maps/papers/word_file.py",
    "gisplan/sources/geotiff.py",  # this fills the new folder that `replacing` puts in place
    "gisplan/plan/in_use.py",  # this opens what may be held elsewhere, and writes nothing
    "gisplan/network/store.py",  # these fill the part that `whole` yields
    "gisplan/overlay/grid_store.py",
    "gisplan/sources/raster.py",
    "gisplan/plan/handover/bundle_file.py",  # these copy what they read into a temporary folder
    "gisplan/sources/archive.py",
    "gisplan/sources/geojson.py",
    "gisplan/sources/geopackage.py",
    "gisplan/sources/reach.py",
    "gisplan/sources/shapefile.py",
    "gisplan/sources/child.py",  # this writes into the pipe to its parent
    "gisplan/plan/serving/holding.py",  # these fill a part that takes its place when it is whole
    "gisplan/sources/fetch.py",
    "gisplan/sources/reinfolib.py",
    "gisplan/sources/transport.py",
)
"""Modules that write files; any other calls `write_whole` or `whole`."""

WRITING = {"write_text", "write_bytes", "copyfile", "copy2", "copytree", "move", "savez", "save", "to_csv", "to_file",
           "to_excel", "to_json", "to_parquet", "write_dataframe", "Workbook", "mkstemp", "savefig"}  # fmt: skip
MODULE_LINES = 400
FUNCTION_LINES = 40
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "yaml", "ruamel"}
UNSAFE_NAMES = {"eval", "exec", "compile", "__import__"}
UNSAFE_ATTRIBUTES = {"eval", "exec", "read_pickle", "to_pickle", "system", "popen"}
MUTABLE_CALLS = {"list", "dict", "set", "bytearray", "defaultdict", "Counter", "OrderedDict", "deque"}
READ_ONLY_TYPES = {"Mapping", "Sequence", "Collection", "Iterable", "Set", "AbstractSet", "Container"}
MACHINE_PLACE = re.compile(
    r"(?<![\w./:\-])/(?:tmp|root|work|home/\w+|Users/\w+|opt/\w+)/[\w.]|\b[A-Z]:\\+(?:Users|work)\\+\w"
)
REGISTRY_HOST = re.compile(
    r"\b(?:[\w-]+\.)*(?:py"
    r"pi\.org|pythonhosted\.org|np"
    r"mjs\.org|yarnpkg\.com|debian\.org|ubuntu\.com)\b"
)

Sources = Mapping[str, str]


def trees(sources: Sources) -> Iterator[tuple[str, ast.Module]]:
    """Return path and syntax tree of every Python file."""
    for path, text in sorted(sources.items()):
        if path.endswith(".py"):
            yield path, parsed(text)


@cache
def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a text, which every rule looks at; `forget` lets go of all."""
    return ast.parse(text)


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return every node of a tree."""
    return tuple(ast.walk(tree))


def forget() -> None:
    """Let go of all trees."""
    nodes.cache_clear()
    parsed.cache_clear()


def upward_imports(sources: Sources) -> list[str]:
    """Return imports that go to a sibling floor or upward."""
    broken = []
    for path, tree in trees(sources):
        own = room(path)
        floor = FLOORS.get(own, ROOF)
        for line, target in imports(path, tree):
            if target.split(".")[0] != "gisplan":
                continue
            other = [*target.split("."), ""][1]
            if other != own and FLOORS.get(other, ROOF) >= floor and floor < ROOF:
                broken.append(f"{path}:{line} {own} imports {target}")
    return broken


def room(path: str) -> str:
    """Return the room of a module, e.g. `law`, or its own name at the top."""
    return path.split("/")[1].removesuffix(".py")


def unknown_rooms(sources: Sources) -> list[str]:
    """Return modules of the package that stand on no floor."""
    known = {*FLOORS, "__init__", "__main__"}
    return [path for path, _ in trees(sources) if room(path) not in known]


def imports(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Return line and full name of every import, also inside functions and by name."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            whole = module == "gisplan"
            yield from ((node.lineno, f"{module}.{alias.name}" if whole else module) for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"} and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def libraries_out_of_place(sources: Sources) -> list[str]:
    """Return imports of libraries that only one room may know."""
    return [
        f"{path}:{line} {target}"
        for path, tree in trees(sources)
        for line, target in imports(path, tree)
        for places in [ONLY_IN.get(target.split(".")[0])]
        if places and not path.startswith(places)
    ]


def long_modules(sources: Sources) -> list[str]:
    """Return modules of more than 400 lines."""
    counts = {path: len(text.splitlines()) for path, text in sources.items() if path.endswith(".py")}
    return [f"{path}: {count} lines" for path, count in sorted(counts.items()) if count > MODULE_LINES]


def long_functions(sources: Sources) -> list[str]:
    """Return functions of more than 40 lines, their docstring not counted."""
    broken = []
    for path, tree in trees(sources):
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node, clean=False) else 0)
                if count > FUNCTION_LINES:
                    broken.append(f"{path}:{node.lineno} {node.name}: {count} lines")
    return broken


def drawers(sources: Sources) -> list[str]:
    """Return modules and folders whose name says nothing, such as utils."""
    return [path for path in sorted(sources) if DRAWERS & set(path.removesuffix(".py").split("/"))]


def unsafe_calls(sources: Sources) -> list[str]:
    """Return what could run a text as a program: pickle, eval, exec, YAML, a shell."""
    broken = []
    for path, tree in trees(sources):
        names = {(line, name.split(".")[0]) for line, name in imports(path, tree)}
        broken += [f"{path}:{line} {name}" for line, name in sorted(names) if name in UNSAFE_MODULES]
        for node in nodes(tree):
            if isinstance(node, ast.Call):
                broken += [f"{path}:{node.lineno} {what}" for what in _unsafe(node)]
    return broken


def _unsafe(node: ast.Call) -> Iterator[str]:
    name = _name(node.func)
    if name in (UNSAFE_NAMES if isinstance(node.func, ast.Name) else UNSAFE_ATTRIBUTES):
        yield f"{name}()"
    for keyword in node.keywords:
        on = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        if keyword.arg in {"shell", "allow_pickle"} and on:
            yield f"{keyword.arg}=True"


def direct_writes(sources: Sources) -> list[str]:
    """Return what writes a file elsewhere than in the modules that write whole files or none."""
    return [
        f"{path}:{node.lineno} {_name(node.func)}"
        for path, tree in trees(sources)
        if path not in WRITERS
        for node in nodes(tree)
        if isinstance(node, ast.Call) and (_name(node.func) in WRITING or _opens_to_write(node))
    ]


def _opens_to_write(node: ast.Call) -> bool:
    """Return whether a call opens a file in a mode that is not for reading alone."""
    if _name(node.func) not in {"open", "fdopen"}:
        return False
    modes = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in {"mode", None})]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    return any(re.fullmatch(r"[rwaxbt+]{1,4}", mode) and set(mode) & set("wax+") for mode in texts)


def mutable_globals(sources: Sources) -> list[str]:
    """Return module-level lists, dicts and sets, unless their type forbids to change them, and `global`."""
    broken = []
    for path, tree in trees(sources):
        for node in tree.body:
            if (
                isinstance(node, ast.Assign | ast.AnnAssign)
                and node.value is not None
                and _mutable(node.value)
            ):
                annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
                if not _read_only(annotation) and _target(node) != "__all__":
                    broken.append(f"{path}:{node.lineno} {_target(node)}")
        broken += [f"{path}:{node.lineno} global" for node in nodes(tree) if isinstance(node, ast.Global)]
    return broken


def _mutable(value: ast.expr) -> bool:
    kinds = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    return isinstance(value, kinds) or (isinstance(value, ast.Call) and _name(value.func) in MUTABLE_CALLS)


def _read_only(annotation: ast.expr | None) -> bool:
    while isinstance(annotation, ast.Subscript):
        if _name(annotation.value) in READ_ONLY_TYPES:
            return True
        annotation = annotation.slice if _name(annotation.value) == "Final" else None
    return annotation is not None and _name(annotation) in READ_ONLY_TYPES


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def unsaid_raises(sources: Sources) -> list[str]:
    """Return public functions that raise and whose docstring has no Raises section."""
    broken = []
    for path, tree in trees(sources):
        for node in nodes(tree):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or is_command(node):
                continue
            raises = any(isinstance(inner, ast.Raise) and inner.exc for inner in _own_nodes(node))
            if raises and not re.search(r"^\s*Raises\n\s*-----", ast.get_docstring(node) or "", re.MULTILINE):
                broken.append(f"{path}:{node.lineno} {node.name}")
    return broken


def is_command(function: ast.FunctionDef) -> bool:
    """Return whether a function is a command, whose docstring is the help that a user reads."""
    return any(ast.unparse(decorator).startswith("app.command(") for decorator in function.decorator_list)


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Return the nodes of a function without those of functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def missing_texts(sources: Sources) -> list[str]:
    """Return codes that no text has, and cases that leave a slot of their text empty."""
    texts = {code: row for _, code, row in message_rows(sources)}
    broken = []
    for path, tree in trees(sources):
        for node in nodes(tree):
            if not isinstance(node, ast.Call):
                continue
            for code in _codes(node):
                if not any(re.fullmatch(code, known) for known in texts):
                    broken.append(f"{path}:{node.lineno} {code.replace(chr(92), '')}: no text")
                elif (row := texts.get(code.replace("\\", ""))) is not None:
                    empty = sorted(_slots(row) - given) if (given := _given(node)) is not None else []
                    broken += [
                        f"{path}:{node.lineno} {code.replace(chr(92), '')}: no {name}" for name in empty
                    ]
    return broken


def _codes(node: ast.Call) -> list[str]:
    """Return the codes a call names, as patterns: an f-string may stand for several."""
    named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
    if _name(node.func) == "message":
        named += node.args[:1]
    parts = [
        part
        for value in named
        for part in ([value.body, value.orelse] if isinstance(value, ast.IfExp) else [value])
    ]
    return [pattern for part in parts if (pattern := _pattern(part)) and "." in pattern]


def _pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(part) if isinstance(part, ast.Constant) else ".+" for part in node.values)
    return ""


def _given(node: ast.Call) -> set[str] | None:
    """Return the names of the values a case hands over; None where that cannot be read off the source."""
    values = [keyword.value for keyword in node.keywords if keyword.arg == "values"]
    if not values:
        return set() if _name(node.func) in {"Problem", "Doubt"} else None
    keys = values[0].keys if isinstance(values[0], ast.Dict) else [None]
    if not all(isinstance(key, ast.Constant) for key in keys):
        return None
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def unused_texts(sources: Sources) -> list[str]:
    """Return texts whose code stands nowhere in the package, neither in code nor in a data file."""
    strings: set[str] = set()
    patterns: set[str] = set()
    for _, tree in trees(sources):
        strings |= {
            node.value
            for node in nodes(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        # An f-string counts where it begins with the family of a code, e.g. f"law.{reason}".
        found = {_pattern(node) for node in nodes(tree) if isinstance(node, ast.JoinedStr)}
        patterns |= {pattern for pattern in found if re.match(r"[a-z_]+\\\.", pattern)}
    data = "\n".join(text for path, text in sources.items() if path.endswith(".toml") and not is_text(path))
    strings |= set(re.findall(r"[\"']([a-z_]+\.[a-z_0-9.]+)[\"']", data))
    return [
        f"{path} {code}"
        for path, code, _ in message_rows(sources)
        if code not in strings and not any(re.fullmatch(pattern, code) for pattern in patterns)
    ]


def wrong_texts(sources: Sources) -> list[str]:
    """Return texts that stand twice, lack a language, or do not have the same slots in both languages."""
    broken = []
    seen: set[str] = set()
    for path, code, row in message_rows(sources):
        broken += [f"{path} {code}: twice"] if code in seen else []
        seen.add(code)
        if set(row) != {"severity", "ja", "en", "do_ja", "do_en"} or not all(
            text.strip() for text in row.values()
        ):
            broken.append(f"{path} {code}: not severity, ja, en, do_ja and do_en")
            continue
        broken += [f"{path} {code}: severity"] if row["severity"] not in {"S1", "S2", "S3", "S4"} else []
        for one, other in (("ja", "en"), ("do_ja", "do_en")):
            # A value that is itself a text stands as {x_ja} in the one and as {x_en} in the other.
            if {re.sub(r"_ja$", "_en", name) for name in slots(row[one])} != slots(row[other]):
                broken.append(f"{path} {code}: slots of {one} and {other} differ")
    return broken


def is_text(path: str) -> bool:
    """Return whether a file holds texts of messages."""
    return "core/texts/" in path


def message_rows(sources: Sources) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Return file, code and row of every text."""
    for path, text in sorted(sources.items()):
        if is_text(path):
            for code, row in tomllib.loads(text).items():
                yield path, code, row


def slots(text: str) -> set[str]:
    """Return the names in braces of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _slots(row: Mapping[str, str]) -> set[str]:
    return {name for key, text in row.items() if key != "severity" for name in slots(text)}


def machine_places(sources: Sources, *, own: tuple[str, ...] = ()) -> list[str]:
    """Return lines that name a folder or host of a machine, or a host of a package registry."""
    words = [re.escape(word) for word in own if word]
    mine = re.compile("|".join(words)) if words else None
    return [
        f"{path}:{number} {line.strip()[:80]}"
        for path, text in sorted(sources.items())
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PLACE.search(line) or REGISTRY_HOST.search(line) or (mine and mine.search(line))
    ]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
