"""Mutants: the changes that Cosmic Ray's operators can make to a module, less those that say nothing."""

from __future__ import annotations

import ast
import difflib
import random
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, MappingProxyType
from typing import Any, Final

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider

_BINARY: Final = (
    "Add_Sub Sub_Add Mul_Add Div_Mul FloorDiv_Mul Mod_FloorDiv Pow_Mul RShift_LShift LShift_RShift "
    "BitOr_BitAnd BitAnd_BitOr BitXor_BitOr"
).split()
"""One exchange for each operator. The other ten are of the same kind, or raise on the first run."""
_COMPARISON: Final = (
    "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Is_IsNot IsNot_Is"
).split()
"""Each comparison turned round, and moved by one at its boundary."""
_OPERATORS: Final = (
    *(f"ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"ReplaceComparisonOperator_{name}" for name in _COMPARISON),
    *(f"ReplaceUnaryOperator_{name}" for name in ("Delete_Not", "USub_UAdd", "Delete_Invert")),
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ExceptionReplacer", "NumberReplacer"),
    *("RemoveDecorator", "ZeroIterationForLoop"),
)
_SPEED_AND_FORM: Final = frozenset({"cache", "lru_cache", "dataclass"})
"""Decorators that change how fast something is, or how it may be written, and not what it returns."""

Span = tuple[tuple[int, int], tuple[int, int]]


class Membership(Operator):
    """Turn ``in`` into ``not in`` and back; Cosmic Ray has no operator for it."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Yield where a node can be changed."""
        if node.type == "comparison":
            for operator in node.children[1::2]:
                if _words(operator) in ("in", "not in"):
                    yield operator.start_pos, operator.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return the node with one of the positions changed."""
        places = [place for place in range(1, len(node.children), 2)
                  if _words(node.children[place]) in ("in", "not in")]  # fmt: skip
        place = places[index]
        instead = " not in" if _words(node.children[place]) == "in" else " in"
        node.children[place] = get_ast(instead)
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        """Return none: they are for Cosmic Ray's own tests."""
        return ()


def _words(node: Any) -> str:
    return " ".join(node.get_code().split())


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of one module.

    Parameters
    ----------
    module
        As in `SUITES`.
    line
        Of the change, from 1.
    operator
        Name of the operator.
    occurrence
        Which of the places of the module that the operator applies to, from 0.
    """

    module: str
    line: int
    operator: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line}:{self.operator}:{self.occurrence}"


def operators() -> Mapping[str, Operator]:
    """Return the operators by name."""
    provider = OperatorProvider()
    found: dict[str, Operator] = {name: provider[name]() for name in _OPERATORS}
    return MappingProxyType({**found, Membership.__name__: Membership()})


def mutants(module: str, source: str) -> list[Mutant]:
    """Return every mutant of a module that can tell something, in the order of its lines."""
    noise = list(_noise(ast.parse(source)))
    tree = get_ast(source)
    found = []
    for name, operator in operators().items():
        places = (place for node in ast_nodes(tree) for place in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(places):
            if not any(first <= start and end <= last for first, last in noise):
                found.append(Mutant(module, start[0], name, occurrence))
    return sorted(found)


def sampled(candidates: list[Mutant], source: str, size: int | None, seed: int) -> list[Mutant]:
    """Return a random sample of mutants, the same for the same seed and source; all of them without a size.

    Left out is what cannot be compiled, what compiles to the source's own code, and what compiles to that
    of a mutant that is already there.
    """
    drawn = list(candidates)
    if size is not None:
        random.Random(f"{seed} {candidates[0].module}").shuffle(drawn)
    seen, found = {_compiled(source)}, []
    for mutant in drawn:
        if len(found) == size:
            break
        code = _compiled(mutated(source, mutant))
        if code is not None and code not in seen:
            seen.add(code)
            found.append(mutant)
    return sorted(found)


def _compiled(source: str) -> tuple[object, ...] | None:
    """Return what a source means, without its line numbers, None where it cannot be compiled."""
    try:
        # A mutant may call a number or compare with ``is`` what is a literal.
        with warnings.catch_warnings(action="ignore"):
            return _meaning(compile(source, "", "exec", dont_inherit=True))
    except SyntaxError:
        return None


def _meaning(code: CodeType) -> tuple[object, ...]:
    constants = tuple(
        _meaning(constant) if isinstance(constant, CodeType) else (type(constant), repr(constant))
        for constant in code.co_consts
    )
    return code.co_name, code.co_code, constants, code.co_names, code.co_varnames, code.co_exceptiontable


def mutated(source: str, mutant: Mutant) -> str:
    """Return the source with the change made."""
    code = mutate_code(source, operators()[mutant.operator], mutant.occurrence)
    if code is None:
        raise LookupError(f"{mutant}: no such place")
    return str(code)


def shown(source: str, mutant: Mutant, file: str) -> str:
    """Return the change as a unified diff."""
    lines = source.splitlines(), mutated(source, mutant).splitlines()
    return "\n".join(difflib.unified_diff(*lines, f"a/{file}", f"b/{file}", n=2, lineterm=""))


def _noise(tree: ast.Module) -> Iterator[Span]:
    """Yield where a mutant says nothing about the tests.

    Annotations are never evaluated. ``__slots__``, ``zip(strict=)`` and the arguments of the decorators above
    guard against programming errors or are about speed.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield _span(node.annotation)
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield _span(node.returns)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from (_decorator(each) for each in node.decorator_list if _name(each) in _SPEED_AND_FORM)
        if isinstance(node, ast.keyword) and node.arg == "strict" and isinstance(node.value, ast.Constant):
            yield _span(node.value)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield _span(node)


def _name(decorator: ast.expr) -> str:
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(inner).rsplit(".", 1)[-1]


def _decorator(node: ast.expr) -> Span:
    """Return the span of a decorator with its sign, and with the end of its line."""
    (line, _), (last, _) = _span(node)
    return (line, 0), (last + 1, 0)


def _span(node: ast.expr | ast.stmt) -> Span:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
