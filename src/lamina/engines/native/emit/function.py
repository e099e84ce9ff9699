"""Functions in the making: instructions, loops, branches.

Values are in SSA form: a loop carries what changes (`carried` in, results out), a branch returns
what both sides computed. Control flow is structured; nobody but this class sees a block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.engines.native.emit.types import (
    BIT,
    I64,
    PTR,
    VOID,
    Type,
    Value,
    constant,
    constants,
)

Values = Sequence[Value]
MASK = (1 << 64) - 1
SHUFFLE = 5  # how many lines more LLVM takes for a shuffle


class Module:
    """The functions of one compilation."""

    def __init__(self) -> None:
        self._declared: dict[str, str] = {}
        self._defined: dict[str, str] = {}
        self._asked: set[str] = set()

    def declare(self, name: str, result: Type, arguments: Sequence[Type]) -> None:
        """Makes an intrinsic or outside function known."""
        if name not in self._declared:
            listed = ", ".join(map(str, arguments))
            self._declared[name] = f"declare {result} @{name}({listed})"

    def define(self, name: str, text: str) -> None:
        """Adds a finished function."""
        self._defined[name] = text

    def is_new(self, name: str) -> bool:
        """Whether nobody has asked for this function yet; who has a yes defines it."""
        if name in self._asked:
            return False
        self._asked.add(name)
        return True

    @property
    def cost(self) -> int:
        """What LLVM will spend on all functions: lines, of which shuffles count several times."""
        return sum(
            text.count("\n") + SHUFFLE * text.count(" x i32> <i32")
            for text in self._defined.values()
        )

    def join(self, other: Module) -> None:
        """Takes over another module; a function of both is one."""
        self._declared.update(other._declared)
        self._defined.update(other._defined)
        self._asked |= other._asked

    def text(self) -> str:
        """The whole module."""
        declared = [text for name, text in self._declared.items() if name not in self._defined]
        return "\n\n".join(["\n".join(declared), *self._defined.values()]) + "\n"


class Function:
    """One function; `with Function(...) as f:` emits it, and the end of the block ends it."""

    def __init__(
        self,
        module: Module,
        name: str,
        arguments: Sequence[Type],
        result: Type = VOID,
        internal: bool = False,
    ) -> None:
        self.module, self.name, self.result = module, name, result
        self.arguments = [Value(f"%a{i}", kind) for i, kind in enumerate(arguments)]
        self._linkage = "internal " if internal else ""
        self._lines: list[str] = []
        self._entry: list[str] = []
        self._count = 0
        self._label = "entry"

    def __enter__(self) -> Function:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            if self.result == VOID:
                self._line("ret void")
            self.module.define(self.name, self._text())

    def _text(self) -> str:
        listed = ", ".join(f"{a.type.text} {a.text}" for a in self.arguments)
        head = f"define {self._linkage}{self.result.text} @{self.name}({listed}) {{"
        return "\n".join([head, "entry:", *self._entry, *self._lines, "}"])

    def give(self, value: Value) -> None:
        """Returns a value; the last thing a function with a result does."""
        self._line(f"ret {value.type.text} {value.text}")

    # ── text ──

    def _line(self, text: str) -> None:
        self._lines.append("  " + text)

    def _set(self, type_: Type, text: str) -> Value:
        self._count += 1
        name = f"%v{self._count}"
        self._lines.append(f"  {name} = {text}")
        return Value(name, type_)

    def _block(self) -> str:
        self._count += 1
        return f"b{self._count}"

    def _begin(self, label: str) -> None:
        self._lines.append(f"{label}:")
        self._label = label

    # ── constants ──

    def const(self, type_: Type, value: float | int) -> Value:
        """A number, in every lane."""
        return constant(type_, value)

    def consts(self, type_: Type, values: list[float] | list[int] | range) -> Value:
        """One number a lane."""
        return constants(type_, values)

    def index(self, value: int) -> Value:
        """An i64 number."""
        return Value(str(value & MASK), I64)

    # ── arithmetic: the instruction follows from the type ──

    def _binary(self, op: str, a: Value, b: Value) -> Value:
        assert a.type == b.type, (op, a, b)
        return self._set(a.type, f"{op} {a.type.text} {a.text}, {b.text}")

    def _arith(self, op: str, a: Value, b: Value) -> Value:
        return self._binary(("f" if a.type.kind == "f" else "") + op, a, b)

    def add(self, a: Value, b: Value) -> Value:
        """a + b."""
        return self._arith("add", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        """a - b."""
        return self._arith("sub", a, b)

    def mul(self, a: Value, b: Value) -> Value:
        """a b."""
        return self._arith("mul", a, b)

    def fdiv(self, a: Value, b: Value) -> Value:
        """a / b of floats."""
        return self._binary("fdiv", a, b)

    def frem(self, a: Value, b: Value) -> Value:
        """The remainder of a / b of floats with the sign of a; exact."""
        return self._binary("frem", a, b)

    def div(self, a: Value, b: Value, signed: bool) -> Value:
        """a / b of integers, towards zero; b must not be zero, nor the quotient overflow."""
        return self._binary("sdiv" if signed else "udiv", a, b)

    def rem(self, a: Value, b: Value, signed: bool) -> Value:
        """The remainder of `div`."""
        return self._binary("srem" if signed else "urem", a, b)

    def neg(self, a: Value) -> Value:
        """-a."""
        if a.type.kind == "f":
            return self._set(a.type, f"fneg {a.type.text} {a.text}")
        return self.sub(self.const(a.type, 0), a)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a b + c, for floats with one rounding where the processor can."""
        if a.type.kind == "i":
            return self.add(self.mul(a, b), c)
        return self.intrinsic("fmuladd", a, b, c)

    def and_(self, a: Value, b: Value) -> Value:
        """Bitwise and."""
        return self._binary("and", a, b)

    def or_(self, a: Value, b: Value) -> Value:
        """Bitwise or."""
        return self._binary("or", a, b)

    def xor(self, a: Value, b: Value) -> Value:
        """Bitwise exclusive or."""
        return self._binary("xor", a, b)

    def not_(self, a: Value) -> Value:
        """Bitwise not."""
        return self.xor(a, self.const(a.type, -1))

    def shl(self, a: Value, b: Value) -> Value:
        """a shifted left by b, which must be less than the width."""
        return self._binary("shl", a, b)

    def shr(self, a: Value, b: Value, signed: bool = False) -> Value:
        """a shifted right by b, which must be less than the width."""
        return self._binary("ashr" if signed else "lshr", a, b)

    def compare(self, how: str, a: Value, b: Value, signed: bool = True) -> Value:
        """eq ne lt le gt ge; a float comparison with NaN is false, except ne."""
        assert a.type == b.type, (how, a, b)
        if a.type.kind == "f":
            word = "fcmp " + ("une" if how == "ne" else "o" + how)
        elif how in ("eq", "ne") or a.type.kind == "p":
            word = f"icmp {how}"
        else:
            word = f"icmp {'s' if signed else 'u'}{how}"
        return self._set(BIT.like(a.type), f"{word} {a.type.text} {a.text}, {b.text}")

    def is_nan(self, a: Value) -> Value:
        """Whether a float is not a number."""
        return self._set(BIT.like(a.type), f"fcmp uno {a.type.text} {a.text}, {a.text}")

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """a where the condition holds, else b."""
        assert a.type == b.type, (condition, a, b)
        kind, verdict = a.type.text, f"{condition.type.text} {condition.text}"
        return self._set(a.type, f"select {verdict}, {kind} {a.text}, {kind} {b.text}")

    def cast(self, op: str, a: Value, to: Type) -> Value:
        """trunc zext sext fptrunc fpext sitofp uitofp fptosi fptoui bitcast ptrtoint inttoptr."""
        if op == "fpext" and a.number is not None:
            return self.const(to, a.number)
        return a if a.type == to else self._set(to, f"{op} {a.type.text} {a.text} to {to.text}")

    def resize(self, a: Value, to: Type, signed: bool) -> Value:
        """An integer in another width."""
        if a.type.bits == to.bits:
            return a
        op = "trunc" if a.type.bits > to.bits else ("sext" if signed else "zext")
        return self.cast(op, a, to)

    def intrinsic(self, name: str, *arguments: Value, result: Type | None = None) -> Value:
        """llvm.NAME overloaded on the type of the first argument."""
        kind = arguments[0].type
        return self.call(f"llvm.{name}.{kind.name}", arguments, result or kind)

    def call(self, name: str, arguments: Values, result: Type = VOID) -> Value:
        """Calls a function or intrinsic by its name, declaring it."""
        if name.startswith("llvm."):
            self.module.declare(name, result, [a.type for a in arguments])
        return self._call("@" + name, arguments, result)

    def call_outside(self, name: str, arguments: Values, result: Type = VOID) -> Value:
        """Calls a function of the process, declaring it."""
        self.module.declare(name, result, [a.type for a in arguments])
        return self._call("@" + name, arguments, result)

    def address_of(self, name: str) -> Value:
        """The address of a function of this module."""
        return Value("@" + name, PTR)

    def call_pointer(self, function: Value, arguments: Values, result: Type = VOID) -> Value:
        """Calls the function at an address."""
        return self._call(str(function), arguments, result)

    def _call(self, target: str, arguments: Values, result: Type) -> Value:
        listed = ", ".join([f"{a.type.text} {a.text}" for a in arguments])
        if result == VOID:
            self._line(f"call void {target}({listed})")
            return Value("void", VOID)
        return self._set(result, f"call {result.text} {target}({listed})")

    # ── vectors ──

    def splat(self, a: Value, lanes: int) -> Value:
        """A scalar in every lane; the scalar itself for lanes = 0."""
        if not lanes:
            return a
        to = a.type.of(lanes)
        one = self._set(to, f"insertelement {to.text} poison, {a.type.text} {a.text}, i64 0")
        mask = f"<{lanes} x i32> zeroinitializer"
        return self._set(to, f"shufflevector {to.text} {one.text}, {to.text} poison, {mask}")

    def extract(self, a: Value, lane: int) -> Value:
        """One lane."""
        return self._set(a.type.scalar, f"extractelement {a.type.text} {a.text}, i64 {lane}")

    def insert(self, a: Value, b: Value, lane: int) -> Value:
        """`a` with scalar `b` in one lane."""
        one = f"{b.type.text} {b.text}"
        return self._set(a.type, f"insertelement {a.type.text} {a.text}, {one}, i64 {lane}")

    def shuffle(self, a: Value, b: Value, lanes: Sequence[int]) -> Value:
        """The lanes of a, then those of b, picked by number."""
        mask = ", ".join([f"i32 {lane}" for lane in lanes])
        both = f"{a.type.text} {a.text}, {b.type.text} {b.text}"
        to = a.type.of(len(lanes))
        return self._set(to, f"shufflevector {both}, <{len(lanes)} x i32> <{mask}>")

    # ── memory ──

    def at(self, pointer: Value, offset: int | Value) -> Value:
        """The pointer moved by so many bytes."""
        if isinstance(offset, int):
            if offset == 0:
                return pointer
            offset = self.index(offset)
        return self._set(PTR, f"getelementptr i8, ptr {pointer.text}, i64 {offset.text}")

    def load(self, type_: Type, pointer: Value, align: int) -> Value:
        """The value at a pointer."""
        return self._set(type_, f"load {type_.text}, ptr {pointer.text}, align {align}")

    def store(self, value: Value, pointer: Value, align: int) -> None:
        """Puts a value at a pointer."""
        self._line(f"store {value.type.text} {value.text}, ptr {pointer.text}, align {align}")

    def store_masked(self, value: Value, pointer: Value, align: int, mask: list[int]) -> None:
        """Stores the lanes whose entry in `mask` is 1."""
        bits = constants(BIT.like(value.type), mask)
        name = f"llvm.masked.store.{value.type.name}.p0"
        self.call(name, [value, pointer, constant(Type("i", 32), align), bits])

    def load_masked(self, type_: Type, pointer: Value, align: int, mask: list[int]) -> Value:
        """The lanes whose entry in `mask` is 1; zero in the others, which are not touched."""
        bits = constants(BIT.of(type_.lanes), mask)
        words = [pointer, constant(Type("i", 32), align), bits, constant(type_, 0)]
        return self.call(f"llvm.masked.load.{type_.name}.p0", words, type_)

    def load_shared(self, pointer: Value) -> Value:
        """An i64 that other threads write; what they wrote before it is seen too."""
        return self._set(I64, f"load atomic i64, ptr {pointer.text} acquire, align 8")

    def store_shared(self, value: Value, pointer: Value) -> None:
        """An i64 that other threads read; they then see all that was written before."""
        self._line(f"store atomic i64 {value.text}, ptr {pointer.text} release, align 8")

    def add_shared(self, pointer: Value, value: Value) -> Value:
        """Adds to an i64 that other threads add to; gives the number before."""
        return self._set(
            I64, f"atomicrmw add ptr {pointer.text}, i64 {value.text} acq_rel, align 8"
        )

    def prefetch(self, pointer: Value, near: bool = True) -> None:
        """Asks for the line at an address, which need not be one of ours: into the nearest cache,
        or the one behind it.
        """
        # To read; how near; data.
        words = [constant(Type("i", 32), number) for number in (0, 3 if near else 2, 1)]
        self.call("llvm.prefetch.p0", [pointer, *words])

    def copy(self, target: Value, source: Value, size: Value) -> None:
        """memcpy of so many bytes."""
        self.call("llvm.memcpy.p0.p0.i64", [target, source, size, self.const(BIT, 0)])

    def fixed(self, pointer: Value) -> Value:
        """The pointer, to which whatever is added is added. LLVM would search long for other ways
        to step through a loop all the pointers that follow from it, and finds none that is faster.
        """
        return self.intrinsic("strip.invariant.group", pointer)

    def local(self, type_: Type, count: int = 1, align: int = 8) -> Value:
        """Memory on the stack for the length of the function."""
        self._count += 1
        value = Value(f"%v{self._count}", PTR)
        self._entry.append(f"  {value.text} = alloca {type_.text}, i64 {count}, align {align}")
        return value

    # ── control ──

    def loop(
        self,
        start: Value,
        stop: Value,
        step: int,
        carried: Values,
        body: Callable[[Value, list[Value]], Values],
    ) -> list[Value]:
        """for i from start below stop: carried = body(i, carried); gives the last."""

        def test(state: list[Value]) -> Value:
            return self.compare("lt", state[0], stop)

        def turn(state: list[Value]) -> Values:
            after = body(state[0], state[1:])
            return [self.add(state[0], self.index(step)), *after]

        return self.repeat([start, *carried], test, turn)[1:]

    def repeat(
        self,
        carried: Values,
        test: Callable[[list[Value]], Value],
        body: Callable[[list[Value]], Values],
    ) -> list[Value]:
        """while test(carried): carried = body(carried); gives the last."""
        before, head, inside, after = self._label, self._block(), self._block(), self._block()
        self._line(f"br label %{head}")
        self._begin(head)
        place = len(self._lines)
        phis = []
        for value in carried:
            self._count += 1
            phis.append(Value(f"%v{self._count}", value.type))
        verdict = test(phis)
        self._line(f"br i1 {verdict.text}, label %{inside}, label %{after}")
        self._begin(inside)
        new = body(phis)
        ends = (before, self._label)
        self._lines[place:place] = [
            self._phi(phi, first, again, ends)
            for phi, first, again in zip(phis, carried, new, strict=True)
        ]
        self._line(f"br label %{head}")
        self._begin(after)
        return phis

    def _phi(self, phi: Value, a: Value, b: Value, ends: tuple[str, str]) -> str:
        given = f"[{a.text}, %{ends[0]}], [{b.text}, %{ends[1]}]"
        return f"  {phi.text} = phi {phi.type.text} {given}"

    def choose(
        self, condition: Value, yes: Callable[[], Values], no: Callable[[], Values]
    ) -> list[Value]:
        """What yes() gives where the condition holds, else what no() gives."""
        left, right, after = self._block(), self._block(), self._block()
        self._line(f"br i1 {condition.text}, label %{left}, label %{right}")
        self._begin(left)
        from_yes = yes()
        end_yes = self._label
        self._line(f"br label %{after}")
        self._begin(right)
        from_no = no()
        end_no = self._label
        self._line(f"br label %{after}")
        self._begin(after)
        return [
            self._set(a.type, f"phi {a.type.text} [{a.text}, %{end_yes}], [{b.text}, %{end_no}]")
            for a, b in zip(from_yes, from_no, strict=True)
        ]

    def when(self, condition: Value, then: Callable[[], None]) -> None:
        """Runs then() where the condition holds."""

        def yes() -> Values:
            then()
            return ()

        self.choose(condition, yes, lambda: ())
