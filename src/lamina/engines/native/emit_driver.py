"""The code of the driver: the loops over batches, passes and epochs, in one native function.

It is the same code for every program: `run(record)` works on the records of `records`, calls the
gathers and steps that they name, and leaves the cursor in the record. The meaning of a run stands
in `engines/base.py`; this is the reference engine's loop, one batch a turn.

Subnormals are flushed to zero inside (MXCSR on x86, FPCR on ARM); the caller's mode is put back.
"""

from __future__ import annotations

from lamina.engines.native import records, shuffle
from lamina.engines.native.driver import ONE, RUN
from lamina.engines.native.emit import I8, I32, I64, PTR, Function, Module, Value
from lamina.engines.native.processor import flush_subnormals, restore
from lamina.engines.native.records import WORD, Run

BATCH, CLOSE = "run_batch", "close_epoch"


def text() -> str:
    """The driver's LLVM module."""
    module = Module()
    shuffle.emit(module)
    _emit_batch(module)
    _emit_close(module)
    _emit_run(module)
    _emit_one(module)
    return module.text()


class _Words:
    """A record in memory: its words by name."""

    def __init__(self, f: Function, pointer: Value) -> None:
        self.f, self.pointer = f, pointer

    def get(self, word: records.Words) -> Value:
        """A number."""
        return self.f.load(I64, self.f.at(self.pointer, WORD * word), WORD)

    def address(self, word: records.Words) -> Value:
        """An address."""
        return self.f.load(PTR, self.f.at(self.pointer, WORD * word), WORD)

    def put(self, word: records.Words, value: Value) -> None:
        """Stores a number."""
        self.f.store(value, self.f.at(self.pointer, WORD * word), WORD)

    def record(self, word: records.Words) -> _Words:
        """The record that a word points to."""
        return _Words(self.f, self.address(word))

    def entry(self, index: Value, kind: type[records.Words]) -> _Words:
        """One of several records in a row."""
        return _Words(
            self.f, self.f.at(self.pointer, self.f.mul(index, self.f.index(WORD * len(kind))))
        )


def _none(f: Function, pointer: Value) -> Value:
    return f.compare("eq", pointer, f.const(PTR, 0))


# ── run: one batch a turn ──


def _emit_run(module: Module) -> None:
    with Function(module, RUN, [PTR]) as f:
        run = _Words(f, f.arguments[0])
        before = flush_subnormals(f)

        def unfinished(_: list[Value]) -> Value:
            below = f.compare("lt", run.get(Run.EPOCH), run.get(Run.UNTIL))
            return f.and_(below, f.compare("gt", run.get(Run.LEFT), f.index(0)))

        def turn(_: list[Value]) -> list[Value]:
            validating = f.compare("ne", run.get(Run.VALIDATING), f.index(0))
            f.choose(validating, lambda: _validation_turn(run), lambda: _main_turn(run))
            run.put(Run.LEFT, f.sub(run.get(Run.LEFT), f.index(1)))
            return []

        f.repeat([], unfinished, turn)
        restore(f, before)


def _emit_one(module: Module) -> None:
    """run_one(step, arena, team): one step outside the loops, its data in place."""
    with Function(module, ONE, [PTR, PTR, PTR]) as f:
        step, arena, members = f.arguments
        before = flush_subnormals(f)
        f.call_pointer(step, [arena, members])
        restore(f, before)


def _main_turn(run: _Words) -> list[Value]:
    """One batch of the main feed; then the next batch, pass, epoch or the validation."""
    f = run.f
    feed = run.record(Run.MAIN)
    order = run.address(Run.ORDER)
    stale = f.compare("ne", run.get(Run.ORDER_PASS), run.get(Run.PASS))

    def reorder() -> None:
        words = [Run.ORDER, Run.BITS]
        numbers = [feed.get(records.Feed.ROWS)]
        numbers += [run.get(word) for word in (Run.SEED_LOW, Run.SEED_HIGH, Run.PASS)]
        f.call(shuffle.NAME, [*map(run.address, words), *numbers])
        run.put(Run.ORDER_PASS, run.get(Run.PASS))

    f.when(f.and_(stale, f.not_(_none(f, order))), reorder)
    batch = run.get(Run.BATCH)
    f.call(BATCH, [feed.pointer, order, run.address(Run.PLACES), batch])
    following = f.add(batch, f.index(1))
    over = f.compare("eq", following, feed.get(records.Feed.BATCHES))
    run.put(Run.BATCH, f.select(over, f.index(0), following))
    run.put(Run.PASS, f.add(run.get(Run.PASS), f.cast("zext", over, I64)))
    step = f.add(run.get(Run.STEP), f.index(1))
    run.put(Run.STEP, step)
    f.when(f.compare("ge", step, run.get(Run.STEPS)), lambda: _end_of_main(run))
    return []


def _end_of_main(run: _Words) -> None:
    f = run.f
    closing = f.compare("ne", run.get(Run.CLOSE), f.index(0))
    f.when(closing, lambda: _close(run, 0))
    run.put(Run.STEP, f.index(0))
    epoch = run.get(Run.EPOCH)

    def mark() -> list[Value]:
        found = f.load(I8, f.at(run.address(Run.VALIDATE), epoch), 1)
        return [f.resize(found, I64, signed=False)]

    known = f.compare("lt", epoch, run.get(Run.VALIDATES))
    validate = f.choose(known, mark, lambda: [f.index(0)])[0]
    run.put(Run.VALIDATING, validate)
    run.put(Run.EPOCH, f.sub(f.add(epoch, f.index(1)), validate))


def _validation_turn(run: _Words) -> list[Value]:
    """One batch of the validation feed, in order; at its end the epoch is over."""
    f = run.f
    feed = run.record(Run.VALIDATION)
    step = run.get(Run.STEP)
    batch = f.rem(step, feed.get(records.Feed.BATCHES), signed=False)
    f.call(BATCH, [feed.pointer, f.const(PTR, 0), run.address(Run.PLACES), batch])
    following = f.add(step, f.index(1))
    run.put(Run.STEP, following)

    def over() -> None:
        _close(run, 1)
        run.put(Run.STEP, f.index(0))
        run.put(Run.VALIDATING, f.index(0))
        run.put(Run.EPOCH, f.add(run.get(Run.EPOCH), f.index(1)))

    f.when(f.compare("ge", following, run.get(Run.VALIDATION_STEPS)), over)
    return []


def _close(run: _Words, column: int) -> None:
    f = run.f
    row = f.add(f.mul(run.get(Run.EPOCH), f.index(2)), f.index(column))
    f.call(CLOSE, [run.address(Run.SUM), run.get(Run.SUMS), row])


def _emit_close(module: Module) -> None:
    """close_epoch(sums, count, row): each sum goes to its row of the table and is reset."""
    with Function(module, CLOSE, [PTR, I64, I64], internal=True) as f:
        sums, count, row = f.arguments

        def turn(i: Value, _: list[Value]) -> list[Value]:
            one = _Words(f, sums).entry(i, records.Sum)
            size, value = one.get(records.Sum.BYTES), one.address(records.Sum.VALUE)
            f.copy(f.at(one.address(records.Sum.TABLE), f.mul(row, size)), value, size)
            f.copy(value, one.address(records.Sum.RESET), size)
            return []

        f.loop(f.index(0), count, 1, [], turn)


# ── one batch ──


def _emit_batch(module: Module) -> None:
    """run_batch(feed, order, room, batch): gathers the rows, runs the step, stores its results."""
    with Function(module, BATCH, [PTR, PTR, PTR, I64], internal=True) as f:
        pointer, order, room, batch = f.arguments
        feed = _Words(f, pointer)
        full = feed.record(records.Feed.STEP)
        start = f.mul(batch, full.get(records.Step.ROWS))
        left = f.sub(feed.get(records.Feed.ROWS), start)
        partial = f.compare("lt", left, full.get(records.Step.ROWS))
        rest = feed.address(records.Feed.REST)
        other = f.and_(partial, f.not_(_none(f, rest)))
        step = _Words(f, f.select(other, rest, full.pointer))
        rows = step.get(records.Step.ROWS)
        valid = f.select(f.compare("lt", left, rows), left, rows)
        places = _places(f, order, room, (start, valid, rows))
        _gather(step, places)
        asks = step.address(records.Step.VALID)
        number = f.cast("trunc", valid, I32)
        f.when(f.not_(_none(f, asks)), lambda: f.store(number, asks, 4))
        words = (records.Step.ARENA, records.Step.TEAM)
        f.call_pointer(step.address(records.Step.FUNCTION), [*map(step.address, words)])
        _store_results(step, start, valid)


def _places(f: Function, order: Value, room: Value, batch: tuple[Value, Value, Value]) -> Value:
    """Where the numbers of the batch's rows stand; absent rows repeat the first."""
    start, valid, rows = batch
    whole = f.and_(f.compare("eq", valid, rows), f.not_(_none(f, order)))

    def fill() -> list[Value]:
        def turn(r: Value, _: list[Value]) -> list[Value]:
            there = f.compare("lt", r, valid)
            place = f.add(start, f.select(there, r, f.index(0)))

            def ordered() -> list[Value]:
                return [f.load(I64, f.at(order, f.mul(place, f.index(WORD))), WORD)]

            row = f.choose(_none(f, order), lambda: [place], ordered)[0]
            f.store(row, f.at(room, f.mul(r, f.index(WORD))), WORD)
            return []

        f.loop(f.index(0), rows, 1, [], turn)
        return [room]

    return f.choose(whole, lambda: [f.at(order, f.mul(start, f.index(WORD)))], fill)[0]


def _gather(step: _Words, places: Value) -> None:
    f = step.f
    leaves = step.record(records.Step.LEAF)

    def turn(i: Value, _: list[Value]) -> list[Value]:
        leaf = leaves.entry(i, records.Leaf)
        target, source = leaf.address(records.Leaf.TARGET), leaf.address(records.Leaf.SOURCE)
        f.call_pointer(leaf.address(records.Leaf.FUNCTION), [target, source, places])
        return []

    f.loop(f.index(0), step.get(records.Step.LEAVES), 1, [], turn)


def _store_results(step: _Words, start: Value, valid: Value) -> None:
    f = step.f
    results = step.record(records.Step.RESULT)

    def turn(i: Value, _: list[Value]) -> list[Value]:
        result = results.entry(i, records.Result)
        row = result.get(records.Result.BYTES)
        target = f.at(result.address(records.Result.OUTPUT), f.mul(start, row))
        f.copy(target, result.address(records.Result.VALUE), f.mul(valid, row))
        return []

    f.loop(f.index(0), step.get(records.Step.RESULTS), 1, [], turn)
