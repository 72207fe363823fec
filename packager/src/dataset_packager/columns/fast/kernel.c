/* Read JSON lines straight into columns: one pass over the bytes, without an object for any value.

   A line is *plain* when it is strict JSON (RFC 8259, UTF-8, no name twice) in which every value has the type of its
   column. Of a plain line each value is appended to its column's cells; of any other line nothing is kept but where it
   stands, and the slower, exact way looks at it. So the kernel never has to say what is wrong with a line, and never
   guesses: whatever it doesn't know at once (escapes in names, 1.0 for an integer, more than 18 digits) isn't plain.

   It is C99 and calls nothing: no library, no allocation, no file. A position is never behind the line ends that follow
   the last line, a name has none in it, and before anything is written there is a look at the room. The machine must be
   one that stores the lowest byte first.

   `make kernel` compiles it for all machines; `abi.py` says the same about what stands where. */

#include <stdbool.h>
#include <stdint.h>

enum { STRUCT, LIST, MAP, STRING, INTEGER, NUMBER, BOOLEAN, JSON, DECIMAL, REST };
/* DECIMAL: an integer of any digits, kept as it is written; REST: the members without a column. */
enum {
    BROKEN = -1, NO_CELL = -2, NO_TEXT = -3, /* in the place of a position: the line isn't plain, a node has no room */
    UNNAMED = -4,                            /* in the place of a member: it has no column, and may stand there */
    MOST_DIGITS = 18,                        /* of an integer: what int64 surely holds */
    EXACT_DIGITS = 15,                       /* of an integer in a column of doubles: what a double surely holds */
    MOST_KEYS = 64,                          /* of one map: each is compared with those before it */
    SAID_NULL = 2                            /* of a member that may also be absent, and is there and null */
};

typedef struct { /* a column or a part of one */
    int64_t kind, after, members, null_ok, required, name, name_size; /* after: the next node that isn't within */
    int64_t follow, seen; /* of a member: which one followed it last, and in which object it was met last */
    int64_t count, base, room;        /* its cells: how many, where they start, how many there may be */
    int64_t filled, text, text_room;  /* its bytes of text: the same */
    int64_t saved_count, saved_filled; /* as they were before the line */
    uint64_t name_word, name_mask; /* the first eight bytes of the name and its quote, and which of them count */
    int64_t rest_node, is_open; /* of a struct: its last part, of kind REST, or 0; whether members may stand there */
} Node;

typedef struct {
    int64_t position, line, rows, stamp, node, end_of_lines, most_rows, nodes, most_bytes;
} Control;

typedef struct { int64_t start, end, number_of_line, plain; } Row;

/* An object or array around a value: its node, the object's number, first cell, members so far and the last of them;
   the bytes of members without a column. */
typedef struct { int64_t where, object, first, length, last, unnamed_bytes; } Frame;

typedef struct {
    const uint8_t *buffer, *names;
    Control *control;
    Frame *frames;
    Node *nodes;
    int64_t *cells;
    uint8_t *valid, *text;
} Tables;

/* ---- bytes ---- */

static inline uint64_t word(const uint8_t *place) {
    uint64_t eight;
    __builtin_memcpy(&eight, place, 8); /* one instruction, wherever the bytes lie */
    return eight;
}

static bool same(const uint8_t *one, const uint8_t *other, int64_t size) {
    for (int64_t index = 0; index < size; index++)
        if (one[index] != other[index]) return false;
    return true;
}

/* The first place from `at` on that is neither space, tab nor carriage return. */
static inline int64_t blank(const uint8_t *buffer, int64_t at) {
    while (buffer[at] <= ' ' && (buffer[at] == ' ' || buffer[at] == '\t' || buffer[at] == '\r')) at++;
    return at;
}

/* ---- strings ---- */

/* The length of the UTF-8 sequence at `place`, at least 2 (RFC 3629, section 4); 0 if it is none. */
static int sequence(const uint8_t *place) {
    uint8_t first = place[0], second = place[1];
    if (first < 0xC2 || first > 0xF4 || (second & 0xC0) != 0x80) return 0;
    if (first < 0xE0) return 2;
    if ((place[2] & 0xC0) != 0x80) return 0;
    if (first < 0xF0) return (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ? 0 : 3;
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return (place[3] & 0xC0) != 0x80 ? 0 : 4;
}

/* The value of four hexadecimal digits, BROKEN if they aren't. */
static int64_t hexadecimal(const uint8_t *place) {
    int64_t value = 0;
    for (int index = 0; index < 4; index++) {
        int digit = place[index];
        if (digit >= '0' && digit <= '9') digit -= '0';
        else if (digit >= 'A' && digit <= 'F') digit -= 'A' - 10;
        else if (digit >= 'a' && digit <= 'f') digit -= 'a' - 10;
        else return BROKEN;
        value = value * 16 + digit;
    }
    return value;
}

/* The code point that the escape at `*at` (its backslash) stands for, or BROKEN; `*at` goes behind it. */
static int64_t escaped(const uint8_t *buffer, int64_t *at) {
    const uint8_t *place = buffer + *at;
    int64_t code, low;
    *at += 2;
    switch (place[1]) {
        case '"': case '\\': case '/': return place[1];
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'u': break;
        default: return BROKEN;
    }
    *at += 4;
    code = hexadecimal(place + 2);
    if (code < 0xD800 || code > 0xDFFF) return code; /* a broken one among them */
    if (code > 0xDBFF || place[6] != '\\' || place[7] != 'u') return BROKEN;
    *at += 6;
    low = hexadecimal(place + 8);
    if (low < 0xDC00 || low > 0xDFFF) return BROKEN;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

/* Write a code point as UTF-8, at most four bytes, and return the place behind it. */
static uint8_t *put_character(int64_t code, uint8_t *to) {
    if (code < 0x80) {
        *to++ = (uint8_t)code;
        return to;
    }
    if (code < 0x800) *to++ = (uint8_t)(0xC0 | (code >> 6));
    else {
        if (code < 0x10000) *to++ = (uint8_t)(0xE0 | (code >> 12));
        else {
            *to++ = (uint8_t)(0xF0 | (code >> 18));
            *to++ = (uint8_t)(0x80 | ((code >> 12) & 63));
        }
        *to++ = (uint8_t)(0x80 | ((code >> 6) & 63));
    }
    *to++ = (uint8_t)(0x80 | (code & 63));
    return to;
}

/* Mark which of eight bytes are a quote, a backslash, a control character or no ASCII; the first mark is right. */
static inline uint64_t ends_run(uint64_t eight) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quotes = eight ^ (ones * '"'), backslashes = eight ^ (ones * '\\');
    return (((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes) | (eight - ones * ' ') | eight) & high;
}

/* Copy the string whose first character stands at `at`; return the place behind its quote, and set `*size`.
   Eight bytes are written at once, so there must be room for as many; what lies behind the string means nothing. */
static inline int64_t string(const uint8_t *buffer, int64_t at, uint8_t *text, int64_t room, int64_t *size) {
    int64_t to = 0;
    while (room - to >= 8) {
        uint64_t eight = word(buffer + at), found = ends_run(eight);
        int run;
        uint8_t mark;
        __builtin_memcpy(text + to, &eight, 8);
        if (!found) {
            at += 8;
            to += 8;
            continue;
        }
        run = __builtin_ctzll(found) >> 3;
        at += run;
        to += run;
        mark = buffer[at];
        if (mark == '"') {
            *size = to;
            return at + 1;
        }
        if (mark < ' ') return BROKEN;
        if (room - to < 8) break;
        if (mark == '\\') {
            int64_t code = escaped(buffer, &at);
            if (code < 0) return BROKEN;
            to = put_character(code, text + to) - text;
        } else {
            int length = sequence(buffer + at);
            if (!length) return BROKEN;
            for (; length; length--) text[to++] = buffer[at++];
        }
    }
    return NO_TEXT;
}

/* ---- numbers, and values that are kept as text ---- */

static inline int64_t digits(const uint8_t *buffer, int64_t at) {
    while (buffer[at] >= '0' && buffer[at] <= '9') at++;
    return at;
}

/* The place behind the integer part of a number (RFC 8259, section 6), BROKEN where none stands. */
static inline int64_t integer_end(const uint8_t *buffer, int64_t at) {
    int64_t end;
    if (buffer[at] == '-') at++;
    end = digits(buffer, at);
    return end == at || (buffer[at] == '0' && end > at + 1) ? BROKEN : end;
}

/* The place behind a number that a column of doubles takes as it is written, BROKEN where none stands. */
static inline int64_t number_end(const uint8_t *buffer, int64_t at) {
    int64_t whole = integer_end(buffer, at), end = whole, start;
    if (whole < 0) return BROKEN;
    if (buffer[end] == '.') {
        start = end + 1;
        end = digits(buffer, start);
        if (end == start) return BROKEN;
    }
    if (buffer[end] == 'e' || buffer[end] == 'E') {
        start = end + 1;
        if (buffer[start] == '+' || buffer[start] == '-') start++;
        end = digits(buffer, start);
        if (end == start) return BROKEN;
    }
    /* An integer: it may not fit a double, and -0 is one without a sign. */
    if (end == whole && (end - at > EXACT_DIGITS || (buffer[at] == '-' && buffer[at + 1] == '0'))) return BROKEN;
    return end;
}

/* The place behind any value, BROKEN where the line ends before it does; what it holds is looked at later. */
static int64_t value_end(const uint8_t *buffer, int64_t at) {
    int64_t depth = 0, start = at;
    for (;;) {
        uint8_t mark = buffer[at];
        if (mark == '\n') return BROKEN;
        if (mark == '"') {
            for (at++; buffer[at] != '"'; at++) {
                if (buffer[at] == '\\') at++;
                if (buffer[at] == '\n') return BROKEN;
            }
        } else if (mark == '{' || mark == '[') {
            depth++;
        } else if (depth == 0
                   && (mark == ',' || mark == '}' || mark == ']' || mark == ' ' || mark == '\t' || mark == '\r')) {
            return at > start ? at : BROKEN;
        } else if (mark == '}' || mark == ']') {
            depth--;
        }
        at++;
        if (depth == 0 && (mark == '"' || mark == '}' || mark == ']')) return at;
    }
}

/* ---- cells ---- */

static inline bool is_full(const Node *node) { return node->count >= node->room; }

static inline void append(const Tables *all, Node *node, int64_t cell, uint8_t present) {
    int64_t place = node->base + node->count++;
    all->cells[place] = cell;
    all->valid[place] = present;
}

/* Append a null to a node and to the members of a struct; return 0, or NO_CELL where one of them has no room. */
static int64_t append_null(const Tables *all, int64_t top) {
    int64_t after = all->nodes[top].after, below = top;
    while (below < after) {
        Node *node = &all->nodes[below];
        if (is_full(node)) {
            all->control->node = below;
            return NO_CELL;
        }
        append(all, node, 0, 0);
        below = node->kind == STRUCT ? below + 1 : node->after;
    }
    return 0;
}

/* Append the string at `at` to a node that has a cell for it; return the place behind it. */
static inline int64_t text_end(const Tables *all, int64_t at, Node *node) {
    int64_t size = 0;
    if (all->buffer[at] != '"') return BROKEN;
    at = string(all->buffer, at + 1, all->text + node->text + node->filled, node->text_room - node->filled, &size);
    if (at < 0) return at;
    append(all, node, size, 1);
    node->filled += size;
    return at;
}

/* Append the value at `at` to a node without parts; return the place behind it. */
static inline int64_t scalar(const Tables *all, int64_t at, Node *node) {
    const uint8_t *buffer = all->buffer;
    int64_t end, value = 0;
    if (is_full(node)) return NO_CELL;
    if (node->kind == STRING) return text_end(all, at, node);
    if (node->kind == INTEGER) {
        bool minus = buffer[at] == '-';
        end = integer_end(buffer, at);
        if (end < 0 || end - at > MOST_DIGITS) return BROKEN;
        for (int64_t index = at + minus; index < end; index++) value = value * 10 + (buffer[index] - '0');
        if (minus) value = -value;
    } else if (node->kind == BOOLEAN) {
        value = same(buffer + at, (const uint8_t *)"true", 4);
        if (!value && !same(buffer + at, (const uint8_t *)"false", 5)) return BROKEN;
        end = at + 5 - value;
    } else {
        uint8_t *to = all->text + node->text + node->filled;
        end = node->kind == NUMBER    ? number_end(buffer, at)
              : node->kind == DECIMAL ? integer_end(buffer, at)
                                      : value_end(buffer, at);
        if (end < 0) return BROKEN;
        value = end - at;
        if (value > node->text_room - node->filled) return NO_TEXT;
        for (int64_t index = 0; index < value; index++) to[index] = buffer[at + index];
        node->filled += value;
    }
    append(all, node, value, 1);
    return end;
}

/* ---- members and keys ---- */

/* Whether a member's name and the closing quote stand at `at`. */
static inline bool is_name(const Tables *all, int64_t at, const Node *node) {
    const uint8_t *place = all->buffer + at, *name = all->names + node->name;
    if ((word(place) ^ node->name_word) & node->name_mask) return false;
    if (node->name_size < 8) return true;
    return same(place + 8, name + 8, node->name_size - 8) && place[node->name_size] == '"';
}

/* The node behind the members of a struct. */
static inline int64_t behind_members(const Node *node) { return node->rest_node ? node->rest_node : node->after; }

/* The member of a struct whose name stands at `at`; BROKEN if it was there before, or if there is none; UNNAMED if it
   may stand there all the same. */
static inline int64_t member(const Tables *all, int64_t at, Frame *frame) {
    Node *nodes = all->nodes;
    int64_t after = behind_members(&nodes[frame->where]);
    int64_t node = frame->last < 0 ? frame->where + 1 : nodes[frame->last].follow;
    if (node < 0 || node >= after || !is_name(all, at, &nodes[node])) {
        node = frame->where + 1;
        while (node < after && !is_name(all, at, &nodes[node])) node = nodes[node].after;
        if (node >= after) return nodes[frame->where].is_open ? UNNAMED : BROKEN;
        if (frame->last >= 0) nodes[frame->last].follow = node;
    }
    if (nodes[node].seen == frame->object) return BROKEN;
    nodes[node].seen = frame->object;
    frame->last = node;
    frame->length++;
    return node;
}

/* Keep the member at `start` (its quote) as it is written, with a comma behind it; return the place behind it.
   A name with an escape in it may be one that has a column. What the value holds is looked at later. */
static int64_t keep_member(const Tables *all, int64_t start, Frame *frame) {
    const uint8_t *buffer = all->buffer;
    int64_t number = all->nodes[frame->where].rest_node, at = start + 1, size;
    Node *rest = &all->nodes[number];
    uint8_t *to = all->text + rest->text + rest->filled;
    for (; buffer[at] != '"'; at++)
        if (buffer[at] < ' ' || buffer[at] == '\\') return BROKEN;
    at = blank(buffer, at + 1);
    if (buffer[at] != ':') return BROKEN;
    at = value_end(buffer, blank(buffer, at + 1));
    if (at < 0) return BROKEN;
    size = at - start;
    if (size >= rest->text_room - rest->filled) {
        all->control->node = number;
        return NO_TEXT;
    }
    for (int64_t index = 0; index < size; index++) to[index] = buffer[start + index];
    to[size++] = ',';
    rest->filled += size;
    frame->unnamed_bytes += size;
    return at;
}

/* Whether the last key of a map of `length` keys is one of the others. */
static bool stands_already(const Tables *all, const Node *keys, int64_t length) {
    int64_t newest = keys->base + keys->count - 1, size = all->cells[newest];
    const uint8_t *start = all->text + keys->text + keys->filled - size, *place = start;
    for (int64_t cell = newest - 1; cell > newest - length; cell--) {
        place -= all->cells[cell];
        if (all->cells[cell] == size && same(place, start, size)) return true;
    }
    return false;
}

/* Append a map's key, whose quote stands at `at`, and return the place behind it. */
static inline int64_t key(const Tables *all, int64_t at, Frame *frame) {
    Node *keys = &all->nodes[frame->where + 1];
    if (is_full(keys)) return NO_CELL;
    at = text_end(all, at, keys);
    frame->length++;
    if (at >= 0 && (frame->length > MOST_KEYS || stands_already(all, keys, frame->length))) return BROKEN;
    return at;
}

/* ---- objects and arrays ---- */

/* Append nulls for the members that a struct doesn't have; return 0, or why that can't be. */
static int64_t append_missing(const Tables *all, const Frame *frame) {
    int64_t after = behind_members(&all->nodes[frame->where]);
    for (int64_t node = frame->where + 1; node < after; node = all->nodes[node].after) {
        if (all->nodes[node].seen == frame->object) continue;
        if (all->nodes[node].required) return BROKEN;
        if (append_null(all, node)) return NO_CELL;
    }
    return 0;
}

/* End an object or array: the length of a list; of a struct the members without a column, and nulls for what it doesn't
   have. Return 0, or why not. */
static inline int64_t close(const Tables *all, const Frame *frame) {
    const Node *node = &all->nodes[frame->where];
    if (node->kind != STRUCT) {
        all->cells[frame->first] = frame->length;
        return 0;
    }
    if (node->rest_node) {
        Node *rest = &all->nodes[node->rest_node];
        if (is_full(rest)) {
            all->control->node = node->rest_node;
            return NO_CELL;
        }
        append(all, rest, frame->unnamed_bytes, frame->unnamed_bytes > 0);
    }
    return frame->length == node->members ? 0 : append_missing(all, frame);
}

/* Append the record at `at` to all columns; return the place behind it, or why it was left off. */
static int64_t record(const Tables *all, int64_t at) {
    enum { VALUE, NAME, COMMA, CLOSE } step = VALUE;
    const uint8_t *buffer = all->buffer;
    int64_t number = 0, depth = 0; /* of the node that is next; how many frames are in use */
    Frame *frame = all->frames;    /* the innermost one of them */
    while (at >= 0) {
        if (step == VALUE) {
            Node *node = &all->nodes[number];
            uint8_t mark = buffer[at];
            all->control->node = number;
            step = COMMA;
            if (mark == 'n' && node->kind != JSON) {
                if (!node->null_ok || !same(buffer + at, (const uint8_t *)"null", 4)) return BROKEN;
                if (append_null(all, number)) return NO_CELL;
                if (node->null_ok == SAID_NULL) all->valid[node->base + node->count - 1] = SAID_NULL;
                at += 4;
            } else if (node->kind > MAP) {
                at = scalar(all, at, node);
            } else if (mark != (node->kind == LIST ? '[' : '{')) {
                return BROKEN;
            } else {
                if (is_full(node)) return NO_CELL;
                frame = &all->frames[depth++];
                frame->where = number;
                frame->object = ++all->control->stamp;
                frame->first = node->base + node->count;
                frame->length = 0;
                frame->last = -1;
                frame->unnamed_bytes = 0;
                append(all, node, 0, 1);
                at = blank(buffer, at + 1);
                step = NAME;
                if (buffer[at] == (node->kind == LIST ? ']' : '}')) {
                    step = CLOSE;
                } else if (node->kind == LIST) {
                    frame->length = 1;
                    number++;
                    step = VALUE;
                }
            }
        } else if (step == NAME) {
            if (buffer[at] != '"') return BROKEN;
            if (all->nodes[frame->where].kind == MAP) {
                all->control->node = frame->where + 1;
                at = key(all, at, frame);
                number = frame->where + 2;
            } else {
                number = member(all, at + 1, frame);
                if (number == UNNAMED) {
                    at = keep_member(all, at, frame);
                    step = COMMA;
                    continue;
                }
                at = number < 0 ? BROKEN : at + 2 + all->nodes[number].name_size;
            }
            if (at < 0) return at;
            at = blank(buffer, at);
            if (buffer[at] != ':') return BROKEN;
            at = blank(buffer, at + 1);
            step = VALUE;
        } else if (step == COMMA) {
            bool is_list;
            if (depth == 0) return at;
            at = blank(buffer, at);
            is_list = all->nodes[frame->where].kind == LIST;
            if (buffer[at] == (is_list ? ']' : '}')) {
                step = CLOSE;
            } else if (buffer[at] != ',') {
                return BROKEN;
            } else {
                at = blank(buffer, at + 1);
                step = NAME;
                if (is_list) {
                    frame->length++;
                    number = frame->where + 1;
                    step = VALUE;
                }
            }
        } else {
            int64_t problem = close(all, frame);
            if (problem) return problem;
            at++;
            step = COMMA;
            depth--;
            if (depth) frame--;
        }
    }
    return at;
}

static void save(Node *nodes, int64_t count) {
    for (Node *node = nodes; node < nodes + count; node++) {
        node->saved_count = node->count;
        node->saved_filled = node->filled;
    }
}

static void restore(Node *nodes, int64_t count) {
    for (Node *node = nodes; node < nodes + count; node++) {
        node->count = node->saved_count;
        node->filled = node->saved_filled;
    }
}

/* Read lines from `control->position` on until there is none left, `rows` is full, or a node has no room.

   buffer:  whole lines, each with its line end, and 16 more line ends behind them.
   control: the position in the buffer, the line's number, rows so far, objects so far; the end, the sizes; how many
            bytes a line may have, for one of blanks alone is only passed over where it has no more.
   rows:    takes of each row its start and end in the buffer, its line, and whether it is plain.
   frames:  room for the arrays and objects around a value, as many as the table is deep.
   names:   the members' names, one after the other.
   nodes:   the columns and their parts in pre-order, the record first; a line without room leaves no trace there.
   cells:   of each node and value: the number, or the length in bytes or elements.
   valid:   of each of them whether it isn't null; SAID_NULL where that was said, at a node whose `null_ok` is that.
   text:    the bytes of strings, of numbers as they are written, of values and members that are kept as JSON text.

   Return 0, or NO_CELL or NO_TEXT where the node `control->node` has no room for the line at the position. */
__attribute__((visibility("default"))) int64_t
read_lines(const uint8_t *buffer, Control *control, Row *rows, Frame *frames, const uint8_t *names, Node *nodes,
           int64_t *cells, uint8_t *valid, uint8_t *text) {
    const Tables all = {buffer, names, control, frames, nodes, cells, valid, text};
    int64_t position = control->position, line = control->line, row = control->rows, status = 0;
    while (position < control->end_of_lines && row < control->most_rows) {
        int64_t at = blank(buffer, position), reached = BROKEN;
        bool plain = false;
        if (buffer[at] == '\n' && at - position <= control->most_bytes) {
            position = at + 1;
            line++;
            continue;
        }
        save(nodes, control->nodes);
        if (buffer[at] == '{') reached = record(&all, at);
        if (reached < BROKEN) {
            restore(nodes, control->nodes);
            status = reached;
            break;
        }
        if (reached >= 0) {
            reached = blank(buffer, reached);
            plain = buffer[reached] == '\n';
        }
        if (!plain) {
            restore(nodes, control->nodes);
            reached = at;
            while (buffer[reached] != '\n') reached++;
        }
        rows[row].start = position;
        rows[row].end = reached;
        rows[row].number_of_line = line++;
        rows[row].plain = plain;
        row++;
        position = reached + 1;
    }
    control->position = position;
    control->line = line;
    control->rows = row;
    return status;
}

/* ---- searching ---- */

typedef struct { int64_t start, size, offset; } Needle;

static inline uint64_t is_marked(const uint64_t *pairs, uint64_t pair) { return pairs[pair >> 6] >> (pair & 63) & 1; }

/* Whether a needle covers the two bytes at `at` with the first or the second two of those that are looked for. */
static bool is_held(const uint8_t *bytes, int64_t size, int64_t at, const uint8_t *texts, const Needle *needles,
                    int64_t count) {
    for (const Needle *needle = needles; needle < needles + count; needle++)
        for (int64_t start = at - needle->offset - 1; start <= at - needle->offset; start++)
            if (start >= 0 && start <= size - needle->size && same(bytes + start, texts + needle->start, needle->size))
                return true;
    return false;
}

/* Say whether some bytes have one of `count` needles in them, none of which has less than three bytes.

   pairs:   a bit for each two bytes, the first one the lower: whether a needle has them at its `offset`, or one behind.
   texts:   the needles, one after the other.
   needles: where each stands there, its size, and its `offset`: three of its bytes that are rare stand there.

   Wherever these three bytes lie, two of them stand at an even place. */
__attribute__((visibility("default"))) int64_t
holds_any(const uint8_t *bytes, int64_t size, const uint64_t *pairs, const uint8_t *texts, const Needle *needles,
          int64_t count) {
    int64_t at = 0;
    while (at < size - 1) {
        int64_t until = at + 8;
        if (until <= size) {
            uint64_t eight = word(bytes + at);
            if (!(is_marked(pairs, eight & 0xFFFF) | is_marked(pairs, eight >> 16 & 0xFFFF)
                  | is_marked(pairs, eight >> 32 & 0xFFFF) | is_marked(pairs, eight >> 48))) {
                at = until;
                continue;
            }
        }
        for (; at < until && at < size - 1; at += 2)
            if (is_marked(pairs, bytes[at] | (uint64_t)bytes[at + 1] << 8)
                && is_held(bytes, size, at, texts, needles, count))
                return true;
    }
    return false;
}
