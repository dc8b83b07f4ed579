"""From a template's source to a tree that can only do a bounded amount of work (docs/decisions/0015).

What cannot be bounded is refused here, by its line. What remains is rewritten so that loops and joined texts are
counted while they run, and so that the author's own texts can be told from an alarm's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from django.utils.translation import gettext_noop
from jinja2 import Environment, TemplateSyntaxError, nodes

from dingbell.notify.messages.template_faults import Fault, TemplateRefused, of_syntax, quoted

MOST_SOURCE = 20_000
_MOST_NODES = 4_000
_MOST_DEPTH = 60
_CHARS_A_STEP = 16

# Names no template can write: what the rewriting puts in.
COUNTED, JOINED, FLAT, BARE, PAID = "~counted", "~joined", "~flat", "~bare", "~paid"

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Assign, nodes.AssignBlock,
    nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.CondExpr,
    nodes.Filter, nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Compare,
    nodes.Operand, nodes.BinExpr, nodes.UnaryExpr,
)  # fmt: skip
_STATEMENTS: dict[type[nodes.Node], str] = {
    nodes.Macro: "macro", nodes.CallBlock: "call", nodes.FilterBlock: "filter", nodes.Include: "include",
    nodes.Import: "import", nodes.FromImport: "from", nodes.Extends: "extends", nodes.Block: "block",
    nodes.With: "with", nodes.NSRef: "namespace",
}  # fmt: skip
DICT_METHODS = ("get", "items", "keys", "values")
TEXT_METHODS = ("upper", "lower", "strip", "lstrip", "rstrip", "startswith", "endswith", "split")
_CALLABLE = frozenset({"range"})
_METHODS = frozenset({*DICT_METHODS, *TEXT_METHODS, "cycle"})
_NO_STATEMENT = gettext_noop("这里不能用“%(what)s”")
NO_FILTER = gettext_noop("没有这个过滤器：%(what)s")
_NO_TEST = gettext_noop("没有这个判断：is %(what)s")
_NO_NAME = gettext_noop("没有这个参数：%(what)s")
_NO_CALL = gettext_noop("不能调用 %(what)s()")
_NO_RECURSION = gettext_noop("不能用递归循环")
_TOO_LONG = gettext_noop("最多 %(most)d 个字符")
_TOO_LARGE = gettext_noop("模板过于复杂，请拆短")
TOO_DEEP = gettext_noop("嵌套过深")


def tree(source: str, environment: Environment, names: Collection[str], braces: Collection[str]) -> nodes.Template:
    """The checked and rewritten tree; `{word}` of `braces` is the parameter of that name. Raises TemplateRefused."""
    if len(source) > MOST_SOURCE:
        raise TemplateRefused(Fault(_TOO_LONG, {"most": MOST_SOURCE}))
    try:
        parsed = environment.parse(source)
        faults = list(_faults(parsed, environment, names))
        if not faults:
            _rewrite(parsed, re.compile(rf"\{{({'|'.join(map(re.escape, braces))})\}}"))
    except TemplateSyntaxError as error:
        raise TemplateRefused(of_syntax(error.message or "", error.lineno)) from None
    except RecursionError:
        raise TemplateRefused(Fault(TOO_DEEP)) from None
    except ValueError:  # a number with thousands of digits
        raise TemplateRefused(Fault(_TOO_LARGE)) from None
    if faults:
        raise TemplateRefused(*faults)
    parsed.set_environment(environment)
    return parsed


def _faults(parsed: nodes.Template, environment: Environment, names: Collection[str]) -> Iterator[Fault]:
    if sum(1 for _ in parsed.find_all(nodes.Node)) > _MOST_NODES:
        yield Fault(_TOO_LARGE)
        return
    if _depth(parsed) > _MOST_DEPTH:
        yield Fault(TOO_DEEP)
        return
    own = {name.name for name in parsed.find_all(nodes.Name) if name.ctx == "store"}
    known = own | {"loop", "range"} | set(names)
    for node in parsed.find_all(nodes.Node):
        if fault := _fault(node, environment, known):
            text, what = fault
            yield Fault(text, {"what": quoted(what)} if what else {}, node.lineno)


def _fault(node: nodes.Node, environment: Environment, known: Collection[str]) -> tuple[str, str] | None:
    """(text, what it is about)."""
    match node:
        case nodes.Filter(name=name) if name not in environment.filters or name.startswith("~"):
            return NO_FILTER, name
        case nodes.Test(name=name) if name not in environment.tests:
            return _NO_TEST, name
        case nodes.Name(name=name, ctx="load") if name not in known:
            return _NO_NAME, name
        case nodes.For(recursive=True):
            return _NO_RECURSION, ""
        case nodes.Call(node=nodes.Name(name=name)) if name not in _CALLABLE:
            return _NO_CALL, name
        case nodes.Call(node=nodes.Getattr(attr=name)) if name not in _METHODS:
            return _NO_CALL, name
        case nodes.Call() if not isinstance(node.node, nodes.Name | nodes.Getattr):
            return _NO_CALL, ""
        case nodes.Call() | nodes.Filter() | nodes.Test() if node.dyn_args or node.dyn_kwargs:
            return _NO_STATEMENT, "*"
        case nodes.AssignBlock() if node.filter is not None:
            return _NO_STATEMENT, "set |"
    if not isinstance(node, _ALLOWED):
        return _NO_STATEMENT, _STATEMENTS.get(type(node), type(node).__name__.lower())
    return None


def _depth(parsed: nodes.Template) -> int:
    """Without recursion: how deep it is is what is asked."""
    deepest = 0
    level: list[nodes.Node] = [parsed]
    while level and deepest <= _MOST_DEPTH:
        deepest += 1
        level = [child for node in level for child in node.iter_child_nodes()]
    return deepest


def _rewrite(parsed: nodes.Template, braces: re.Pattern[str]) -> None:
    for loop in parsed.find_all(nodes.For):
        loop.iter = _through(COUNTED, loop.iter, nodes.Const(_weight(loop), lineno=loop.lineno))
    _replace_children(parsed, braces)


def _weight(loop: nodes.For) -> int:
    """The steps of one round: what stands in it, without what the loops inside count themselves."""
    steps, waiting = 1, [*loop.body, *([loop.test] if loop.test is not None else [])]
    while waiting:
        node = waiting.pop()
        steps += 1
        if isinstance(node, nodes.TemplateData):
            steps += len(node.data) // _CHARS_A_STEP
        waiting += [node.iter, *node.else_] if isinstance(node, nodes.For) else list(node.iter_child_nodes())
    return steps


def _replace_children(node: nodes.Node, braces: re.Pattern[str]) -> None:
    for field, value in node.iter_fields():
        if isinstance(value, list):
            new = [_replaced(item, braces) if isinstance(item, nodes.Node) else item for item in value]
            if isinstance(node, nodes.Output):
                new = [part for item in new for part in _split(item, braces)]
            setattr(node, field, new)
        elif isinstance(value, nodes.Node):
            setattr(node, field, _replaced(value, braces))


def _replaced(node: nodes.Node, braces: re.Pattern[str]) -> nodes.Node:
    _replace_children(node, braces)
    match node:
        case nodes.Const(value=str()):
            return nodes.MarkSafe(node, lineno=node.lineno)
        case nodes.Concat():
            return _through(JOINED, nodes.List(node.nodes, lineno=node.lineno))
        case nodes.List() | nodes.Dict() | nodes.Tuple(ctx="load"):
            return _through(FLAT, node)
        case nodes.Getitem(arg=nodes.Slice()):
            node.node = _through(PAID, _through(BARE, node.node))
        case nodes.Compare():
            node.expr = _through(PAID, node.expr)
            for operand in node.ops:
                operand.expr = _through(PAID, operand.expr)
        case nodes.Test():
            node.node = _through(PAID, node.node)
            node.args = [_through(PAID, arg) for arg in node.args]
    return node


def _split(node: nodes.Node, braces: re.Pattern[str]) -> Iterator[nodes.Node]:
    """Data with `{name}` in it as data and names."""
    if not isinstance(node, nodes.TemplateData):
        yield node
        return
    line = node.lineno
    for place, part in enumerate(braces.split(node.data)):
        if place % 2:
            yield nodes.Name(part, "load", lineno=line)
        elif part:
            yield nodes.TemplateData(part, lineno=line)
            line += part.count("\n")


def _through(filter_name: str, node: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, filter_name, list(args), [], None, None, lineno=node.lineno)
