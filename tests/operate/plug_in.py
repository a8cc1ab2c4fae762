"""A finder of names as somebody might install it, for the tests of plug-ins."""

import re
from importlib.metadata import EntryPoint, EntryPoints


def invented_names(model):
    """Find the names that a file lists, one a line; without a file, those that rhyme with Zzyx."""
    words = model.read_text().split() if model is not None else ["Zzyx"]
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    return lambda text: [match.span() for match in pattern.finditer(text)]


def failing(model):
    def find(text):
        raise ValueError(text)

    return find


def exiting(model):
    def find(text):
        raise SystemExit(text)

    return find


def beyond_the_end(model):
    return lambda text: [(0, len(text) + 1)]


def before_the_start(model):
    return lambda text: [(-1, 2)]


def empty(model):
    return lambda text: [(1, 1)]


def no_spans(model):
    return lambda text: [text]


def endless(model):
    def find(text):
        while True:
            yield (0, 1)

    return find


def no_finder(model):
    return "finder"


def no_model(model):
    raise RuntimeError("needs a model")


NAMES = [
    "invented_names", "failing", "exiting", "beyond_the_end", "before_the_start", "empty", "no_spans",
    "endless", "no_finder", "no_model",
]  # fmt: skip


def install(monkeypatch, module):
    """Make the finders of this module entry points, as an installed distribution would."""
    import sys

    from gateway.operate.wiring import named_entity

    monkeypatch.setitem(sys.modules, "plug_in_under_test", module)
    points = EntryPoints(EntryPoint(name, f"plug_in_under_test:{name}", named_entity.GROUP) for name in NAMES)
    points = EntryPoints([*points, EntryPoint("missing", "no_such_module:finder", named_entity.GROUP)])
    monkeypatch.setattr(named_entity, "entry_points", lambda **given: points.select(**given))
