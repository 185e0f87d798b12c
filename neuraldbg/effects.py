"""What one instruction may do beyond its own frame: enter functions of the file, raise, change objects.

Everything here is an over-approximation of CPython's behaviour; an opcode that is not listed may do anything.
"""

from __future__ import annotations

import ast
import builtins
import dis
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType

from neuraldbg import special
from neuraldbg.bytecode import CodeGraph, Instr, is_class_body, is_folded, suspends
from neuraldbg.scopes import CallSite, SourceFacts, first_line, is_dunder

Codes = frozenset[int]
_NONE: Codes = frozenset()

# Do nothing but move values of this frame.
_SILENT = frozenset(
    "NOP RESUME CACHE EXTENDED_ARG PRECALL KW_NAMES PUSH_NULL POP_TOP COPY SWAP LOAD_CONST LOAD_CLOSURE MAKE_CELL "
    "COPY_FREE_VARS MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE LOAD_FAST_AND_CLEAR STORE_FAST STORE_FAST_STORE_FAST "
    "STORE_FAST_LOAD_FAST STORE_DEREF STORE_GLOBAL STORE_NAME BUILD_TUPLE BUILD_LIST BUILD_STRING BUILD_SLICE "
    "BUILD_CONST_KEY_MAP LIST_APPEND LIST_TO_TUPLE IS_OP JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT "
    "POP_EXCEPT PUSH_EXC_INFO END_FOR END_SEND LOAD_ASSERTION_ERROR LOAD_BUILD_CLASS RETURN_VALUE RETURN_CONST "
    "RETURN_GENERATOR SETUP_ANNOTATIONS LOAD_LOCALS RERAISE YIELD_VALUE INTERPRETER_EXIT MATCH_MAPPING MATCH_SEQUENCE "
    "ASYNC_GEN_WRAP PREP_RERAISE_STAR".split()
)
# May raise, and that is all.
_RAISING = frozenset(
    "LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_DEREF LOAD_CLASSDEREF LOAD_FROM_DICT_OR_DEREF LOAD_NAME "
    "LOAD_GLOBAL LOAD_FROM_DICT_OR_GLOBALS DELETE_FAST DELETE_NAME DELETE_GLOBAL DELETE_DEREF CHECK_EXC_MATCH "
    "CHECK_EG_MATCH".split()
)
# Run special methods; builtin objects stay as they are.
_OPERATORS = frozenset(
    "BINARY_OP BINARY_SLICE COMPARE_OP UNARY_NEGATIVE UNARY_POSITIVE UNARY_INVERT UNARY_NOT TO_BOOL FORMAT_VALUE "
    "FORMAT_SIMPLE FORMAT_WITH_SPEC CONVERT_VALUE GET_ITER GET_LEN BUILD_MAP BUILD_SET MAP_ADD SET_ADD RAISE_VARARGS "
    "MATCH_KEYS".split()
)
_ITERATION = frozenset(
    "FOR_ITER UNPACK_SEQUENCE UNPACK_EX LIST_EXTEND SET_UPDATE DICT_UPDATE DICT_MERGE CONTAINS_OP "
    "GET_YIELD_FROM_ITER".split()
)
_ATTRIBUTES = frozenset("LOAD_ATTR LOAD_METHOD LOAD_SUPER_ATTR STORE_ATTR DELETE_ATTR".split())
_CALLS = frozenset("CALL CALL_KW CALL_FUNCTION_EX".split())
_ITEM_STORES = frozenset("STORE_SUBSCR DELETE_SUBSCR STORE_SLICE STORE_ATTR DELETE_ATTR".split())

# Builtins and methods that leave their arguments as they are, when those are builtin objects.
_PURE_BUILTINS = frozenset(
    "len range abs min max sum sorted int str float bool isinstance issubclass type print ord chr round divmod hash "
    "id repr tuple list set dict frozenset any all pow callable bin hex oct bytes complex enumerate zip reversed "
    "format super object hasattr ascii slice".split()
)
_PURE_METHODS = frozenset(
    "upper lower strip lstrip rstrip split rsplit join replace startswith endswith find rfind index rindex count "
    "isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal isidentifier istitle title capitalize "
    "swapcase zfill rjust ljust center partition rpartition splitlines casefold expandtabs encode decode keys values "
    "items bit_length removeprefix removesuffix format copy union intersection difference issubset issuperset "
    "isdisjoint most_common is_integer".split()
)
_LAZY_WORDS = frozenset(
    "map filter iter itertools starmap takewhile dropwhile accumulate groupby islice count cycle repeat chain partial "
    "reduce compress filterfalse tee pairwise zip_longest product singledispatch cmp_to_key merge iterencode walk "
    "fwalk tokenize generate_tokens imap imap_unordered".split()
)
_DELETE_DEREF = dis.opmap["DELETE_DEREF"]
_CONSTRUCT = frozenset({"__new__", "__init__"})
_LIVE_MODULES = frozenset("weakref signal gc threading asyncio concurrent multiprocessing ctypes".split())


@dataclass(frozen=True, slots=True)
class Effect:
    """What an instruction may do.

    Attributes:
        calls: codes that may be entered when it starts; ``again``: when one of them has returned.
        must_call: it cannot complete without entering one of ``calls``.
        raises: it may raise.
        impure: objects other than its result may change.
        swallows: an exception of a callee may end inside it.
    """

    calls: Codes = _NONE
    again: Codes = _NONE
    must_call: bool = False
    raises: bool = False
    impure: bool = False
    swallows: bool = True


class Effects:
    """Classifies the instructions of a file's code objects.

    Args:
        facts: of the file's text.
        codes: the file's frames; an index into this list names a code everywhere.
        folded: the code objects of its comprehensions and generator expressions.
        graph: the graph of any of them.
    """

    def __init__(
        self,
        facts: SourceFacts,
        codes: Sequence[CodeType],
        folded: Sequence[CodeType],
        graph: Callable[[CodeType], CodeGraph],
    ) -> None:
        self.facts, self.codes, self._graph = facts, codes, graph
        everything = (*codes, *folded)
        self._index_functions()
        names = {n for code in everything for n in (*code.co_names, *code.co_varnames)}
        self.live = facts.star_import or not facts.tame or bool(facts.imports & _LIVE_MODULES)
        generators = any(c.co_name == "<genexpr>" for c in folded)
        words = facts.words | names
        self.pure_iteration = facts.tame and not generators and not words & _LAZY_WORDS and not facts.dynamic
        self.pure_subscript = (
            facts.tame and "defaultdict" not in words and "ChainMap" not in words and not facts.dynamic
        )
        self.may_exit = bool(words & {"_exit", "abort", "kill", "execv", "execve", "execvp", "raise_signal"})
        self.known = facts.tame and not facts.dynamic and not facts.special_assigned
        self.simple = self.known and facts.simple_classes
        self.reprs_follow_names = any(c.co_name == "__repr__" for c in codes) or "__repr__" in words
        deleting = [code for code in everything if _DELETE_DEREF in code.co_code[::2]]
        self.deleted_cells = {n for code in deleting for i in graph(code).instrs for n in i.deletes}
        self.on_iteration = self.generators if self.pure_iteration else self.escaping
        self.anywhere = (
            self.escaping if self.live else frozenset(c for c in self.special if codes[c].co_name == "__del__")
        )
        for code in folded:  # a generator expression runs wherever it is consumed
            if code.co_name == "<genexpr>":
                self.escaping |= self._folded_effect(code).calls
        self.on_iteration = self.generators if self.pure_iteration else self.escaping

    def _index_functions(self) -> None:
        nodes: dict[tuple[str, int], list[int]] = {}
        for node, _ in self.facts.functions:
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            nodes.setdefault((name, first_line(node)), []).append(id(node))
        self.codes_of_node: dict[int, set[int]] = {}
        escaping: set[int] = set()
        referenced: set[int] = set()
        decorated: set[int] = set()
        self.named: dict[str, set[int]] = {}
        for index, code in enumerate(self.codes):
            if is_folded(code) or is_class_body(code) or code.co_name == "<module>":
                continue
            self.named.setdefault(code.co_name, set()).add(index)
            for node_id in nodes.get((code.co_name, code.co_firstlineno), ()):
                self.codes_of_node.setdefault(node_id, set()).add(index)
                for members, where in (
                    (self.facts.escaping, escaping),
                    (self.facts.referenced, referenced),
                    (self.facts.decorated, decorated),
                ):  # fmt: skip
                    if node_id in members:
                        where.add(index)
        generators = {i for i in referenced if suspends(self.codes[i])}
        self.decorated = frozenset(decorated)
        self.generators = frozenset(generators)
        self.escaping: Codes = frozenset(escaping | generators)
        self.referenced: Codes = frozenset(referenced)
        self.special: Codes = frozenset(i for i in escaping if is_dunder(self.codes[i].co_name))

    def classify(self, graph: CodeGraph) -> list[Effect]:
        """The effect of every instruction."""
        known = self._class_calls(graph)
        for ins in graph.instrs:
            if ins.op == "LOAD_CONST" and isinstance(ins.value, CodeType) and is_folded(ins.value):
                call = next((i for i in graph.instrs[ins.index :] if i.op in _CALLS and i.span == ins.span), None)
                if call is not None and call.index not in known:
                    known[call.index] = self._folded_effect(ins.value)
        return [known.get(ins.index) or self._effect(graph, ins) for ins in graph.instrs]

    def _folded_effect(self, code: CodeType) -> Effect:
        """The effect of running a comprehension that is a code object of its own."""
        graph = self._graph(code)
        effects = self.classify(graph)
        stores = any(i.op in ("STORE_DEREF", "STORE_GLOBAL", "STORE_NAME") for i in graph.instrs)
        calls: Codes = _NONE.union(*(e.calls | e.again for e in effects))
        return Effect(calls, calls, False, True, stores or any(e.impure for e in effects))

    def _class_calls(self, graph: CodeGraph) -> dict[int, Effect]:
        """Calls of ``__build_class__``: they run the class body first."""
        out: dict[int, Effect] = {}
        position = {id(code): i for i, code in enumerate(self.codes)}
        for build in (i for i in graph.instrs if i.op == "LOAD_BUILD_CLASS"):
            rest = graph.instrs[build.index :]
            body = next(i.value for i in rest if i.op == "LOAD_CONST" and isinstance(i.value, CodeType))
            call = next((i for i in rest if i.op in _CALLS and i.span == build.span), None)
            if call is not None and is_class_body(body):
                known = (body.co_name, body.co_firstlineno) in self.facts.plain_classes
                plain = call.op == "CALL" and known and not self.facts.dynamic
                first = frozenset({position[id(body)]}) if id(body) in position else self._equal(body)
                after = self.special if plain else self.escaping | first
                out[call.index] = Effect(first if plain else first | self.escaping, after, plain, True, True, not plain)
        return out

    def _equal(self, code: CodeType) -> Codes:
        return frozenset(i for i, c in enumerate(self.codes) if c == code)

    def _effect(self, graph: CodeGraph, ins: Instr) -> Effect:
        any_ = self.anywhere
        op = ins.op
        if op.endswith("_NAME") and is_class_body(graph.code):
            known = (graph.code.co_name, graph.code.co_firstlineno) in self.facts.plain_classes
            if not known:  # a metaclass may have made the namespace
                return self._with(self.escaping, impure=True)
        if op in _CALLS:
            return self._call(ins)
        if op in _SILENT:
            shared = self.reprs_follow_names and op in ("STORE_GLOBAL", "STORE_NAME", "STORE_DEREF")
            return Effect(any_, any_, impure=self.live or shared)
        if op in _RAISING:
            return Effect(any_, any_, raises=self._may_be_unbound(graph, ins), impure=self.live)
        if "JUMP" in op:
            calls = _NONE if "_NONE" in op else self._special(op, ins.arg)
            return self._with(calls, raises=bool(calls) or self.live)
        if op in _ATTRIBUTES:
            own = frozenset(i for i in self.decorated if self.codes[i].co_name == str(ins.value).split()[-1])
            calls = self.escaping if self.facts.descriptors else self._special(op, ins.arg) | own
            return self._with(calls, impure=op in _ITEM_STORES)
        if op in _OPERATORS:
            if op == "GET_ITER" and self._over_range(graph, ins.index - 1):
                return Effect(any_, any_, impure=self.live)
            inplace = op == "BINARY_OP" and ins.arg >= 13
            return self._with(self._special(op, ins.arg) | (self.on_iteration if inplace else _NONE), impure=inplace)
        if op == "BINARY_SUBSCR":
            calls = self._special(op, ins.arg) if self.pure_subscript else self.escaping
            return self._with(calls, impure=not self.pure_subscript)
        if op in _ITEM_STORES:
            calls = self._special(op, ins.arg) | self.on_iteration if self.pure_subscript else self.escaping
            return self._with(calls, impure=True)
        if op in _ITERATION:
            if op == "FOR_ITER" and self._over_range(graph, self._iterator_source(graph, ins)):
                return Effect(any_, any_, impure=self.live)
            return self._with(self._special(op, ins.arg) | self.on_iteration, impure=not self.pure_iteration)
        if op == "IMPORT_NAME" or op == "IMPORT_FROM":
            return self._with(self.escaping if not self.facts.tame else _NONE, impure=not self.facts.tame)
        if op == "CALL_INTRINSIC_1" and ins.arg in (3, 6):  # StopIteration becomes RuntimeError; list to tuple
            return Effect(any_, any_, impure=self.live)
        return self._with(self.escaping, impure=True)

    def _special(self, op: str, arg: int) -> Codes:
        """Special methods that an operation may run."""
        return self._only(special.of_operation(op, arg))

    def _only(self, names: special.Names | None) -> Codes:
        if not self.known:
            return self.escaping
        if names is None or not self.simple:
            return self.special
        return frozenset(i for i in self.special if self.codes[i].co_name in names)

    def _with(self, calls: Codes, raises: bool = True, impure: bool = False) -> Effect:
        calls = calls | self.anywhere
        return Effect(calls, calls, False, raises, impure or self.live)

    def _call(self, ins: Instr) -> Effect:
        site = self.facts.call_sites.get(ins.span) if ins.span else None
        if site is None:  # a decorator, the end of a with block, a chain of calls over several lines
            calls = self.referenced | self.escaping
            return self._with(calls, impure=True)
        ambiguous = ins.span in self.facts.ambiguous
        if isinstance(site.exact, ast.ClassDef) and not ambiguous:
            if self.simple and (site.exact.name, first_line(site.exact)) in self.facts.plain_classes:
                return self._construction(site.exact)
        elif site.exact is not None and not ambiguous:
            codes = frozenset(self.codes_of_node.get(id(site.exact), ()))
            if len(codes) == 1:
                generator = suspends(self.codes[next(iter(codes))])
                if generator:  # the call only makes the generator
                    return self._with(_NONE, impure=False)
                return Effect(codes, self.anywhere, not self.anywhere, True, True, False)
        named = frozenset(self.named.get(site.name or "", ())) & (self.referenced | self.escaping)
        calls = self.escaping if ambiguous else self._callees(site)
        return self._with(calls | named, impure=ambiguous or not self._is_pure(site))

    def _construction(self, node: ast.ClassDef) -> Effect:
        """A call of a plain class of the file."""
        inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if len(inits) == 1 and not inits[0].decorator_list and "__new__" not in self.named:
            codes = frozenset(self.codes_of_node.get(id(inits[0]), ()))
            if len(codes) == 1 and not any(suspends(self.codes[c]) for c in codes):
                return Effect(codes, self.anywhere, not self.anywhere, True, True, False)
        return self._with(self._only(_CONSTRUCT), impure=True)

    def _callees(self, site: CallSite) -> Codes:
        """What a call of a builtin function or method may reach, apart from methods of its name."""
        callbacks = any(not isinstance(k.value, ast.Constant) for k in site.node.keywords)
        if not self.simple or callbacks:
            return self.escaping
        if site.is_builtin and site.name is not None:
            names, consumes = special.of_function(site.name), site.name in special.CONSUMERS
            if site.name == "print" and "stdout" in self.facts.words:
                return self.escaping
        elif site.is_attribute and site.name is not None and not site.on_module and site.name not in self.facts.fields:
            names, consumes = special.of_method(site.name), site.name in special.METHOD_CONSUMERS
        else:
            return self.escaping
        if names is None:
            return self.escaping
        return self._only(names) | (self.on_iteration if consumes else _NONE)

    def _is_pure(self, site: CallSite) -> bool:
        if not self.facts.tame or self.facts.dynamic:
            return False
        if site.is_builtin:
            consumes = site.name not in (
                "len",
                "range",
                "abs",
                "isinstance",
                "type",
                "ord",
                "chr",
                "print",
                "id",
                "hash",
                "bool",
            )
            callbacks = any(not isinstance(k.value, ast.Constant) for k in site.node.keywords)
            return site.name in _PURE_BUILTINS and not callbacks and (self.pure_iteration or not consumes)
        return site.is_attribute and site.name in _PURE_METHODS and (self.pure_iteration or site.name != "join")

    def _over_range(self, graph: CodeGraph, index: int) -> bool:
        """True when the instruction calls the builtin ``range``."""
        if index < 0:
            return False
        ins = graph.instrs[index]
        site = self.facts.call_sites.get(ins.span) if ins.op in _CALLS and ins.span else None
        return site is not None and site.is_builtin and site.name == "range" and ins.span not in self.facts.ambiguous

    def _iterator_source(self, graph: CodeGraph, loop: Instr) -> int:
        """Index of the instruction that made what a ``for`` iterates over, -1 if that is not plain to see."""
        before = [i for i in graph.instrs[: loop.index] if any(t == loop.index for t, _ in i.next)]
        before = [i for i in before if i.op != "EXTENDED_ARG"] or [
            i for i in graph.instrs[max(loop.index - 2, 0) : loop.index] if i.op == "GET_ITER"
        ]
        return before[0].index - 1 if len(before) == 1 and before[0].op == "GET_ITER" else -1

    def _may_be_unbound(self, graph: CodeGraph, ins: Instr) -> bool:
        if ins.op.startswith("CHECK_"):
            before = graph.instrs[ins.index - 1]
            return before.op not in ("LOAD_GLOBAL", "LOAD_NAME") or not self._is_builtin_exception(str(before.value))
        if ins.op == "LOAD_FAST_LOAD_FAST" or ins.op == "LOAD_FAST" and sys.version_info >= (3, 12):
            return False
        if ins.op in ("LOAD_GLOBAL", "LOAD_NAME"):
            name = str(ins.value)
            return not hasattr(builtins, name) or name in self.facts.module_scope.deleted
        return ins.value not in graph.bound[ins.index] or ins.value in self.deleted_cells

    def _is_builtin_exception(self, name: str) -> bool:
        found = getattr(builtins, name, None)
        unbound = name not in self.facts.module_scope.bound and not self.facts.star_import and not self.facts.dynamic
        return unbound and isinstance(found, type) and issubclass(found, BaseException)
