"""Read JSON lines straight into columns: one pass over the bytes, compiled, without a Python object for any value.

A line is *plain* when it is strict JSON (RFC 8259, UTF-8, no name twice) in which every value has the type of its
column. Of a plain line each value is appended to its column's cells; of any other line nothing is kept but where it
stands, and the slower, exact way looks at it. So the kernel never has to say what is wrong with a line, and never
guesses: whatever it doesn't know at once (escapes in names, 1.0 for an integer, more than 18 digits) isn't plain.

Functions take the addresses of arrays. A position is never behind the line ends that follow the last line, a name has
none in it, and before anything is written there is a look at the room.
"""

from __future__ import annotations

from typing import Protocol, TypeVar, cast

from numba import njit

from dataset_packager.columns.fast.abi import (
    AFTER,
    BASE,
    BOOLEAN,
    BROKEN,
    COUNT,
    END,
    END_OF_LINES,
    EXACT_DIGITS,
    FILLED,
    FIRST,
    FOLLOW,
    FRAME,
    INTEGER,
    JSON,
    KIND,
    LAST,
    LENGTH,
    LINE,
    LIST,
    MAP,
    MEMBERS,
    MOST_BYTES,
    MOST_DIGITS,
    MOST_KEYS,
    MOST_ROWS,
    NAME,
    NAME_MASK,
    NAME_SIZE,
    NAME_WORD,
    NO_CELL,
    NO_TEXT,
    NODE,
    NODES,
    NULL_OK,
    NUMBER,
    NUMBER_OF_LINE,
    OBJECT,
    PLAIN,
    POSITION,
    REQUIRED,
    ROOM,
    ROW,
    ROWS,
    SAVED_COUNT,
    SAVED_FILLED,
    SEEN,
    STAMP,
    START,
    STRING,
    STRUCT,
    TEXT,
    TEXT_ROOM,
    WHERE,
    WIDTH,
)
from dataset_packager.columns.fast.memory import byte, get, put, put_byte, put_word, trailing_zeros, word

_VALUE, _NAME, _COMMA, _CLOSE = range(4)
_QUOTES, _BACKSLASHES, _SPACES = 0x2222222222222222, 0x5C5C5C5C5C5C5C5C, 0x2020202020202020
_ONES, _HIGH = 0x0101010101010101, -0x7F7F7F7F7F7F7F80  # the highest bit of each byte

_Function = TypeVar("_Function")


class _Decorator(Protocol):
    def __call__(self, function: _Function, /) -> _Function: ...


native = cast("_Decorator", njit)
inlined = cast("_Decorator", njit(forceinline=True))


@inlined
def _of(nodes: int, node: int, what: int) -> int:
    return get(nodes, node * WIDTH + what)


@inlined
def _set(nodes: int, node: int, what: int, value: int) -> None:
    put(nodes, node * WIDTH + what, value)


@inlined
def _blank(buffer: int, at: int) -> int:
    """Return the first place from ``at`` on that is neither space, tab nor carriage return."""
    while True:
        mark = byte(buffer, at)
        if mark > 32 or (mark != 32 and mark != 9 and mark != 13):
            return at
        at += 1


@native
def _sequence(buffer: int, at: int) -> int:
    """Return the length of the UTF-8 sequence at ``at``, at least 2 (RFC 3629, section 4); 0 if it is none."""
    first, second = byte(buffer, at), byte(buffer, at + 1)
    if first < 0xC2 or first > 0xF4 or second & 0xC0 != 0x80:
        return 0
    if first < 0xE0:
        return 2
    if byte(buffer, at + 2) & 0xC0 != 0x80:
        return 0
    if first < 0xF0:
        return 0 if (first == 0xE0 and second < 0xA0) or (first == 0xED and second > 0x9F) else 3
    if (first == 0xF0 and second < 0x90) or (first == 0xF4 and second > 0x8F) or byte(buffer, at + 3) & 0xC0 != 0x80:
        return 0
    return 4


@native
def _hexadecimal(buffer: int, at: int) -> int:
    """Return the value of four hexadecimal digits, -1 if they aren't."""
    value = 0
    for index in range(4):
        digit = byte(buffer, at + index)
        if 48 <= digit <= 57:
            digit -= 48
        elif 65 <= digit <= 70:
            digit -= 55
        elif 97 <= digit <= 102:
            digit -= 87
        else:
            return BROKEN
        value = value * 16 + digit
    return value


@native
def _escaped(buffer: int, at: int) -> tuple[int, int]:
    """Return the code point that the escape at ``at`` (its backslash) stands for, and the place behind it."""
    mark = byte(buffer, at + 1)
    if mark == 110:
        return 10, at + 2
    if mark == 34 or mark == 92 or mark == 47:
        return mark, at + 2
    if mark == 116:
        return 9, at + 2
    if mark == 114:
        return 13, at + 2
    if mark == 98:
        return 8, at + 2
    if mark == 102:
        return 12, at + 2
    code = _hexadecimal(buffer, at + 2) if mark == 117 else BROKEN
    if code < 0xD800 or code > 0xDFFF:  # a broken one among them
        return code, at + 6
    if code > 0xDBFF or byte(buffer, at + 6) != 92 or byte(buffer, at + 7) != 117:
        return BROKEN, at
    low = _hexadecimal(buffer, at + 8)
    if low < 0xDC00 or low > 0xDFFF:
        return BROKEN, at
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), at + 12


@native
def _put_character(code: int, text: int, to: int) -> int:
    """Write a code point as UTF-8 and return the place behind it."""
    if code < 0x80:
        put_byte(text, to, code)
        return to + 1
    if code < 0x800:
        put_byte(text, to, 0xC0 | (code >> 6))
    else:
        if code < 0x10000:
            put_byte(text, to, 0xE0 | (code >> 12))
        else:
            put_byte(text, to, 0xF0 | (code >> 18))
            to += 1
            put_byte(text, to, 0x80 | ((code >> 12) & 63))
        to += 1
        put_byte(text, to, 0x80 | ((code >> 6) & 63))
    put_byte(text, to + 1, 0x80 | (code & 63))
    return to + 2


@inlined
def _ends_run(eight: int) -> int:
    """Mark which of eight bytes are a quote, a backslash, a control character or no ASCII; the first mark is right."""
    quotes, backslashes = eight ^ _QUOTES, eight ^ _BACKSLASHES
    found = ((quotes - _ONES) & ~quotes) | ((backslashes - _ONES) & ~backslashes) | (eight - _SPACES) | eight
    return found & _HIGH


@inlined
def _string(buffer: int, at: int, text: int, to: int, limit: int) -> tuple[int, int]:
    """Copy the string whose first character stands at ``at`` to ``to``; return the places behind its quote and copy."""
    while to + 8 <= limit:
        eight = word(buffer, at)
        put_word(text, to, eight)
        found = _ends_run(eight)
        if found == 0:
            at, to = at + 8, to + 8
            continue
        run = trailing_zeros(found) >> 3
        at, to = at + run, to + run
        mark = byte(buffer, at)
        if mark == 34:
            return at + 1, to
        if mark < 32:
            return BROKEN, to
        if to + 8 > limit:
            break
        if mark == 92:
            code, at = _escaped(buffer, at)
            if code < 0:
                return BROKEN, to
            to = _put_character(code, text, to)
        else:
            length = _sequence(buffer, at)
            if length == 0:
                return BROKEN, to
            for _ in range(length):
                put_byte(text, to, byte(buffer, at))
                at, to = at + 1, to + 1
    return NO_TEXT, to


@inlined
def _digits(buffer: int, at: int) -> int:
    while 48 <= byte(buffer, at) <= 57:
        at += 1
    return at


@inlined
def _integer_end(buffer: int, at: int) -> int:
    """Return the place behind the integer part of a number (RFC 8259, section 6), -1 where none stands."""
    if byte(buffer, at) == 45:
        at += 1
    end = _digits(buffer, at)
    if end == at or (byte(buffer, at) == 48 and end > at + 1):
        return BROKEN
    return end


@inlined
def _number_end(buffer: int, at: int) -> int:
    """Return the place behind a number that a column of doubles takes as it is written, -1 where none stands."""
    whole = _integer_end(buffer, at)
    end = whole
    if whole < 0:
        return BROKEN
    if byte(buffer, end) == 46:
        start = end + 1
        end = _digits(buffer, start)
        if end == start:
            return BROKEN
    if byte(buffer, end) == 101 or byte(buffer, end) == 69:
        start = end + 1
        if byte(buffer, start) == 43 or byte(buffer, start) == 45:
            start += 1
        end = _digits(buffer, start)
        if end == start:
            return BROKEN
    if end == whole and (end - at > EXACT_DIGITS or (byte(buffer, at) == 45 and byte(buffer, at + 1) == 48)):
        return BROKEN  # an integer: it may not fit a double, and -0 is one without a sign
    return end


@native
def _value_end(buffer: int, at: int) -> int:  # noqa: C901  # one loop
    """Return the place behind any value, -1 where the line ends before it does; what it holds is looked at later."""
    depth, start = 0, at
    while True:
        mark = byte(buffer, at)
        if mark == 10:
            return BROKEN
        if mark == 34:
            at += 1
            while byte(buffer, at) != 34:
                if byte(buffer, at) == 92:
                    at += 1
                if byte(buffer, at) == 10:
                    return BROKEN
                at += 1
        elif mark == 123 or mark == 91:
            depth += 1
        elif depth == 0 and (mark == 44 or mark == 125 or mark == 93 or mark == 32 or mark == 9 or mark == 13):
            return at if at > start else BROKEN
        elif mark == 125 or mark == 93:
            depth -= 1
        at += 1
        if depth == 0 and (mark == 34 or mark == 125 or mark == 93):
            return at


@inlined
def _append(node: int, cell: int, present: int, nodes: int, cells: int, valid: int) -> None:
    count = _of(nodes, node, COUNT)
    place = _of(nodes, node, BASE) + count
    put(cells, place, cell)
    put_byte(valid, place, present)
    _set(nodes, node, COUNT, count + 1)


@inlined
def _is_full(node: int, nodes: int) -> bool:
    return _of(nodes, node, COUNT) >= _of(nodes, node, ROOM)


@native
def _append_null(node: int, nodes: int, cells: int, valid: int) -> int:
    """Append a null to a node and to the members of a struct; return the node that has no room for it, or -1."""
    below = node
    while below < _of(nodes, node, AFTER):
        if _is_full(below, nodes):
            return below
        _append(below, 0, 0, nodes, cells, valid)
        below = below + 1 if _of(nodes, below, KIND) == STRUCT else _of(nodes, below, AFTER)
    return -1


@inlined
def _copy(buffer: int, at: int, end: int, node: int, nodes: int, text: int) -> bool:
    """Append the bytes up to ``end`` to a node's text, if there is room."""
    filled = _of(nodes, node, FILLED)
    if filled + end - at > _of(nodes, node, TEXT_ROOM):
        return False
    to = _of(nodes, node, TEXT) + filled
    for index in range(end - at):
        put_byte(text, to + index, byte(buffer, at + index))
    _set(nodes, node, FILLED, filled + end - at)
    return True


@inlined
def _integer(buffer: int, at: int, end: int) -> int:
    value, sign = 0, 1
    if byte(buffer, at) == 45:
        at, sign = at + 1, -1
    for index in range(at, end):
        value = value * 10 + (byte(buffer, index) - 48)
    return sign * value


@inlined
def _is(buffer: int, at: int, second: int, third: int, fourth: int) -> bool:
    return byte(buffer, at + 1) == second and byte(buffer, at + 2) == third and byte(buffer, at + 3) == fourth


@inlined
def _boolean_end(buffer: int, at: int) -> int:
    if byte(buffer, at) == 116 and _is(buffer, at, 114, 117, 101):
        return at + 4
    if byte(buffer, at) == 102 and _is(buffer, at, 97, 108, 115) and byte(buffer, at + 4) == 101:
        return at + 5
    return BROKEN


@inlined
def _text_end(buffer: int, at: int, node: int, nodes: int, cells: int, valid: int, text: int) -> int:
    """Append the string at ``at`` to a node; return the place behind it."""
    if byte(buffer, at) != 34:
        return BROKEN
    first, filled = _of(nodes, node, TEXT), _of(nodes, node, FILLED)
    at, end = _string(buffer, at + 1, text, first + filled, first + _of(nodes, node, TEXT_ROOM))
    if at >= 0:
        _append(node, end - first - filled, 1, nodes, cells, valid)
        _set(nodes, node, FILLED, end - first)
    return at


@inlined
def _scalar(buffer: int, at: int, node: int, kind: int, nodes: int, cells: int, valid: int, text: int) -> int:
    """Append the value at ``at`` to a node without parts; return the place behind it."""
    if _is_full(node, nodes):
        return NO_CELL
    if kind == STRING:
        return _text_end(buffer, at, node, nodes, cells, valid, text)
    if kind == INTEGER:
        end = _integer_end(buffer, at)
        if end < 0 or end - at > MOST_DIGITS:
            return BROKEN
        value = _integer(buffer, at, end)
    elif kind == BOOLEAN:
        end = _boolean_end(buffer, at)
        value = 5 - (end - at)
    else:
        end = _number_end(buffer, at) if kind == NUMBER else _value_end(buffer, at)
        if end >= 0 and not _copy(buffer, at, end, node, nodes, text):
            return NO_TEXT
        value = end - at
    if end >= 0:
        _append(node, value, 1, nodes, cells, valid)
    return end


@inlined
def _is_name(buffer: int, at: int, node: int, nodes: int, names: int) -> bool:
    """Say whether a member's name and the closing quote stand at ``at``."""
    if (word(buffer, at) ^ _of(nodes, node, NAME_WORD)) & _of(nodes, node, NAME_MASK):
        return False
    size = _of(nodes, node, NAME_SIZE)
    if size < 8:
        return True
    start = _of(nodes, node, NAME)
    for index in range(8, size):
        if byte(buffer, at + index) != byte(names, start + index):
            return False
    return byte(buffer, at + size) == 34


@native
def _named(buffer: int, at: int, parent: int, nodes: int, names: int) -> int:
    node = parent + 1
    while node < _of(nodes, parent, AFTER):
        if _is_name(buffer, at, node, nodes, names):
            return node
        node = _of(nodes, node, AFTER)
    return BROKEN


@inlined
def _member(buffer: int, at: int, frame: int, nodes: int, names: int) -> int:
    """Return the member of a struct whose name stands at ``at``, -1 if there is none or it was there before."""
    last, parent = get(frame, LAST), get(frame, WHERE)
    node = parent + 1
    if last >= 0:
        node = _of(nodes, last, FOLLOW)
    if node < 0 or not _is_name(buffer, at, node, nodes, names):
        node = _named(buffer, at, parent, nodes, names)
        if node < 0:
            return BROKEN
        if last >= 0:
            _set(nodes, last, FOLLOW, node)
    if _of(nodes, node, SEEN) == get(frame, OBJECT):
        return BROKEN
    _set(nodes, node, SEEN, get(frame, OBJECT))
    put(frame, LAST, node)
    put(frame, LENGTH, get(frame, LENGTH) + 1)
    return node


@native
def _stands_already(node: int, length: int, nodes: int, cells: int, text: int) -> bool:
    """Say whether the last key of a map of ``length`` keys is one of the others."""
    newest = _of(nodes, node, BASE) + _of(nodes, node, COUNT) - 1
    size = get(cells, newest)
    start = _of(nodes, node, TEXT) + _of(nodes, node, FILLED) - size
    place = start
    for cell in range(newest - 1, newest - length, -1):
        place -= get(cells, cell)
        if get(cells, cell) == size:
            same = 0
            while same < size and byte(text, place + same) == byte(text, start + same):
                same += 1
            if same == size:
                return True
    return False


@inlined
def _key(buffer: int, at: int, frame: int, nodes: int, cells: int, valid: int, text: int) -> int:
    """Append a map's key, whose quote stands at ``at``, and return the place behind it."""
    node, length = get(frame, WHERE) + 1, get(frame, LENGTH) + 1
    if _is_full(node, nodes):
        return NO_CELL
    at = _text_end(buffer, at, node, nodes, cells, valid, text)
    put(frame, LENGTH, length)
    if at >= 0 and (length > MOST_KEYS or _stands_already(node, length, nodes, cells, text)):
        return BROKEN
    return at


@inlined
def _open(at: int, node: int, control: int, frame: int, nodes: int, cells: int, valid: int) -> int:
    """Begin an object or array, whose bracket stands at ``at``; return the place behind it."""
    if _is_full(node, nodes):
        return NO_CELL
    stamp = get(control, STAMP) + 1
    put(control, STAMP, stamp)
    put(frame, WHERE, node)
    put(frame, OBJECT, stamp)
    put(frame, FIRST, _of(nodes, node, BASE) + _of(nodes, node, COUNT))
    put(frame, LENGTH, 0)
    put(frame, LAST, -1)
    _append(node, 0, 1, nodes, cells, valid)
    return at + 1


@native
def _append_missing(control: int, frame: int, nodes: int, cells: int, valid: int) -> int:
    """Append nulls for the members that a struct doesn't have; return 0, or why that can't be."""
    parent = get(frame, WHERE)
    node = parent + 1
    while node < _of(nodes, parent, AFTER):
        if _of(nodes, node, SEEN) != get(frame, OBJECT):
            if _of(nodes, node, REQUIRED):
                return BROKEN
            full = _append_null(node, nodes, cells, valid)
            if full >= 0:
                put(control, NODE, full)
                return NO_CELL
        node = _of(nodes, node, AFTER)
    return 0


@inlined
def _close(control: int, frame: int, nodes: int, cells: int, valid: int) -> int:
    """End an object or array: the length of a list, nulls for what a struct doesn't have; return 0, or why not."""
    node = get(frame, WHERE)
    if _of(nodes, node, KIND) != STRUCT:
        put(cells, get(frame, FIRST), get(frame, LENGTH))
    elif get(frame, LENGTH) != _of(nodes, node, MEMBERS):
        return _append_missing(control, frame, nodes, cells, valid)
    return 0


@inlined
def _null(buffer: int, at: int, node: int, control: int, nodes: int, cells: int, valid: int) -> int:
    if _of(nodes, node, NULL_OK) == 0 or not _is(buffer, at, 117, 108, 108):
        return BROKEN
    full = _append_null(node, nodes, cells, valid)
    if full >= 0:
        put(control, NODE, full)
        return NO_CELL
    return at + 4


@native
def _record(  # noqa: C901  # a machine of four states
    buffer: int, at: int, control: int, frames: int, names: int, nodes: int, cells: int, valid: int, text: int
) -> int:
    """Append the record at ``at`` to all columns; return the place behind it, or why it was left off."""
    node, step, frame = 0, _VALUE, frames - FRAME * 8
    while at >= 0:
        if step == _VALUE:
            kind, mark = _of(nodes, node, KIND), byte(buffer, at)
            put(control, NODE, node)
            step = _COMMA
            if mark == 110 and kind != JSON:
                at = _null(buffer, at, node, control, nodes, cells, valid)
            elif kind > MAP:
                at = _scalar(buffer, at, node, kind, nodes, cells, valid, text)
            elif mark != (91 if kind == LIST else 123):
                return BROKEN
            else:
                frame += FRAME * 8
                at = _open(at, node, control, frame, nodes, cells, valid)
                if at < 0:
                    return at
                at = _blank(buffer, at)
                step = _NAME
                if byte(buffer, at) == (93 if kind == LIST else 125):
                    step = _CLOSE
                elif kind == LIST:
                    put(frame, LENGTH, 1)
                    node, step = node + 1, _VALUE
        elif step == _NAME:
            parent = get(frame, WHERE)
            if byte(buffer, at) != 34:
                return BROKEN
            if _of(nodes, parent, KIND) == MAP:
                put(control, NODE, parent + 1)
                at, node = _key(buffer, at, frame, nodes, cells, valid, text), parent + 2
            else:
                node = _member(buffer, at + 1, frame, nodes, names)
                at = at + 2 + _of(nodes, node, NAME_SIZE) if node >= 0 else BROKEN
            if at < 0:
                return at
            at = _blank(buffer, at)
            at = _blank(buffer, at + 1) if byte(buffer, at) == 58 else BROKEN
            step = _VALUE
        elif step == _COMMA:
            if frame < frames:
                return at
            at = _blank(buffer, at)
            parent = get(frame, WHERE)
            is_list = _of(nodes, parent, KIND) == LIST
            if byte(buffer, at) == (93 if is_list else 125):
                step = _CLOSE
            elif byte(buffer, at) != 44:
                return BROKEN
            else:
                at, step = _blank(buffer, at + 1), _NAME
                if is_list:
                    put(frame, LENGTH, get(frame, LENGTH) + 1)
                    node, step = parent + 1, _VALUE
        else:
            problem = _close(control, frame, nodes, cells, valid)
            at = at + 1 if problem == 0 else problem
            step, frame = _COMMA, frame - FRAME * 8
    return at


@inlined
def _save(nodes: int, count: int) -> None:
    for node in range(count):
        _set(nodes, node, SAVED_COUNT, _of(nodes, node, COUNT))
        _set(nodes, node, SAVED_FILLED, _of(nodes, node, FILLED))


@native
def _restore(nodes: int, count: int) -> None:
    for node in range(count):
        _set(nodes, node, COUNT, _of(nodes, node, SAVED_COUNT))
        _set(nodes, node, FILLED, _of(nodes, node, SAVED_FILLED))


@native
def read_lines(
    buffer: int, control: int, rows: int, frames: int, names: int, nodes: int, cells: int, valid: int, text: int
) -> int:
    """Read lines from ``control[POSITION]`` on until there is none left, ``rows`` is full, or a node has no room.

    Args:
        buffer: whole lines, each with its line end, and ``SENTINEL`` more line ends behind them.
        control: the position in the buffer, the line's number, rows so far, objects so far; the end, the sizes; how
            many bytes a line may have, for one of blanks alone is only passed over where it has no more.
        rows: takes of each row its start and end in the buffer, its line, and whether it is plain.
        frames: room for the arrays and objects around a value, as many as the table is deep.
        names: the members' names, one after the other.
        nodes: the columns and their parts in pre-order, the record first; a line without room leaves no trace there.
        cells: of each node and value: the number, or the length in bytes or elements.
        valid: of each of them whether it isn't null.
        text: the bytes of strings, of numbers as they are written, of values that are kept as JSON text.

    Returns:
        0, or ``NO_CELL`` or ``NO_TEXT`` where the node ``control[NODE]`` has no room for the line at the position.
    """
    end, most, count = get(control, END_OF_LINES), get(control, MOST_ROWS), get(control, NODES)
    position, line, row = get(control, POSITION), get(control, LINE), get(control, ROWS)
    status, longest = 0, get(control, MOST_BYTES)
    while position < end and row < most:
        at = _blank(buffer, position)
        if byte(buffer, at) == 10 and at - position <= longest:
            position, line = at + 1, line + 1
            continue
        _save(nodes, count)
        reached = BROKEN
        if byte(buffer, at) == 123:
            reached = _record(buffer, at, control, frames, names, nodes, cells, valid, text)
        if reached < BROKEN:
            _restore(nodes, count)
            status = reached
            break
        plain = 0
        if reached >= 0:
            reached = _blank(buffer, reached)
            plain = 1 if byte(buffer, reached) == 10 else 0
        if plain == 0:
            _restore(nodes, count)
            reached = at
            while byte(buffer, reached) != 10:
                reached += 1
        put(rows, row * ROW + START, position)
        put(rows, row * ROW + END, reached)
        put(rows, row * ROW + NUMBER_OF_LINE, line)
        put(rows, row * ROW + PLAIN, plain)
        position, line, row = reached + 1, line + 1, row + 1
    put(control, POSITION, position)
    put(control, LINE, line)
    put(control, ROWS, row)
    return status
