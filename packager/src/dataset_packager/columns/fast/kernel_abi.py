"""What stands where in the arrays that ``kernel.c`` and its callers share; a test holds both against one another."""

STRUCT, LIST, MAP, STRING, INTEGER, NUMBER, BOOLEAN, JSON, DECIMAL, REST = range(10)
WITH_TEXT = (STRING, NUMBER, JSON, DECIMAL, REST)
BROKEN, NO_CELL, NO_TEXT = -1, -2, -3  # in the place of a position: the line isn't plain, or a node has no room
UNNAMED = -4  # in the place of a member: it has no column, and may stand there
POSITION, LINE, ROWS, STAMP, NODE, END_OF_LINES, MOST_ROWS, NODES, MOST_BYTES = range(9)  # what stands in ``control``
CONTROL = 9
START, END, NUMBER_OF_LINE, PLAIN = range(4)  # of a row
ROW = 4
SENTINEL = 16  # bytes behind the last line that is read: no look ahead goes further
MOST_DIGITS = 18  # of an integer: what int64 surely holds
EXACT_DIGITS = 15  # of an integer in a column of doubles: what a double surely holds
SAID_NULL = 2  # of a member that may also be absent, and is there and null
MOST_KEYS = 64  # of one map: each is compared with those before it
(
    KIND, AFTER, MEMBERS, NULL_OK, REQUIRED, NAME, NAME_SIZE,  # what the table is; AFTER: the next node not within
    FOLLOW, SEEN,  # of a member: which one followed it last, and in which object it was met last
    COUNT, BASE, ROOM,  # its cells: how many, where they start, how many there may be
    FILLED, TEXT, TEXT_ROOM,  # its bytes of text: the same
    SAVED_COUNT, SAVED_FILLED,  # as they were before the line
    IS_KEPT, NEXT_KEPT,  # whether these are kept for each line; the next node of which they are
    NAME_WORD, NAME_MASK,  # the first eight bytes of the name and its quote, and which of them count
    NAME_END,  # the last eight of them, where there are more
    REST_NODE, IS_OPEN,  # of a struct: its last part, of kind REST, or 0; whether members without a column may be there
) = range(24)  # fmt: skip
WIDTH = 24  # of a node
WHERE, OBJECT, FIRST, LENGTH, LAST, UNNAMED_BYTES = range(6)
"""A frame: its node, the object's number, first cell, members, the last of these, bytes of those without a column."""
FRAME = 6
START, SIZE, OFFSET = range(3)  # of a needle
NEEDLE = 3
MOST_PLACES = 64  # of a string that is held against the ways that it may be
SIZES, EMPTY, BEGINNING, RANGES, BOUNDS = range(5)  # of a way
WAY = 5
WHOLE = -1  # in the place of a beginning: the string ends with the way
SLOTS = 512  # of a table of words: more than twice as many as there may be of them
