/* Read JSON lines straight into columns: one pass over the bytes, without an object for any value.

   A line is *plain* when it is strict JSON (RFC 8259, UTF-8, no name twice) in which every value has the type of its
   column. Of a plain line each value is appended to its column's cells; of any other line nothing is kept but where it
   stands, and the slower, exact way looks at it. So the kernel never has to say what is wrong with a line, and never
   guesses: whatever it doesn't know at once (escapes in names, 1.0 for an integer, more than 18 digits) isn't plain.

   It is C99 and calls nothing: no library, no allocation, no file. A position is never behind the line end of the last
   line that is read, and no look ahead goes further than 16 bytes from there; a name has no line end in it; and before
   anything is written there is a look at the room. Where eight or sixteen bytes are written at once, there is room for
   as many. The machine must be one that stores the lowest byte first.

   The functions behind `read_lines` look at bytes that they are told the number of, or copy them.

   `make kernel` compiles it for all machines; `kernel_abi.py` says the same about what stands where. */

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
    int64_t is_kept, next_kept;        /* whether these are kept for each line; the next node of which they are */
    uint64_t name_word, name_mask; /* the first eight bytes of the name and its quote, and which of them count */
    uint64_t name_end;             /* the last eight of them, where there are more */
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

#define INLINED static inline __attribute__((always_inline)) /* what each value goes through: a tenth of the time */
#define NOT_READ 0x7FF8000000000000u /* a double that no number in JSON is: its text has to be read elsewhere */
#define AHEAD(place) __builtin_prefetch(place, 1) /* what is written soon: no machine foresees dozens of columns */
#define ONES 0x0101010101010101u /* a one in each of eight bytes */

static inline uint64_t word(const uint8_t *place) {
    uint64_t eight;
    __builtin_memcpy(&eight, place, 8); /* one instruction, wherever the bytes lie */
    return eight;
}

typedef uint8_t Sixteen __attribute__((vector_size(16))); /* what every machine has instructions for */

static inline Sixteen sixteen(const uint8_t *place) {
    Sixteen some;
    __builtin_memcpy(&some, place, 16);
    return some;
}

/* The highest bits of sixteen bytes, of the first one the lowest. */
static inline uint32_t bits(Sixteen some) {
#ifdef __SSE2__
    typedef char Characters __attribute__((vector_size(16)));
    return (uint32_t)__builtin_ia32_pmovmskb128((Characters)some);
#else
    uint64_t halves[2];
    __builtin_memcpy(halves, &some, 16);
    for (int half = 0; half < 2; half++) /* each product brings them to the top, and no two to one place */
        halves[half] = (halves[half] & (ONES * 0x80)) * 0x0002040810204081u >> 56;
    return (uint32_t)(halves[0] | halves[1] << 8);
#endif
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
static __attribute__((noinline)) int64_t escaped(const uint8_t *buffer, int64_t *at) {
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
static __attribute__((noinline)) uint8_t *put_character(int64_t code, uint8_t *to) {
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

/* Whether the bytes up to a quote, and behind another one, are UTF-8 (RFC 3629, section 4), without a branch for any
   of them: sixteen are looked at at once, with the three before each. */
static bool is_utf8(const uint8_t *start, const uint8_t *quote) {
    for (; start <= quote; start += 16) {
        Sixteen byte = sixteen(start), one = sixteen(start - 1), two = sixteen(start - 2), three = sixteen(start - 3);
        Sixteen follows = (one >= 0xC0) | (two >= 0xE0) | (three >= 0xF0);
        Sixteen wrong = ((byte & 0xC0) == 0x80) ^ follows;
        wrong |= (byte == 0xC0) | (byte == 0xC1) | (byte >= 0xF5);
        wrong |= ((one == 0xE0) & (byte < 0xA0)) | ((one == 0xED) & (byte > 0x9F));
        wrong |= ((one == 0xF0) & (byte < 0x90)) | ((one == 0xF4) & (byte > 0x8F));
        if (bits(wrong) << (quote - start < 15 ? 15 - (quote - start) : 0) & 0xFFFF) return false;
    }
    return true;
}

/* Copy the string whose first character stands at `at`; return the place behind its quote, and set `*size`.
   Sixteen bytes are written at once, so there must be room for as many; what lies behind the string means nothing. */
static inline int64_t string(const uint8_t *buffer, int64_t at, uint8_t *text, int64_t room, int64_t *size) {
    const uint8_t *start = buffer + at;
    Sixteen seen = {0}; /* the bits of all bytes that were looked at, but for the last sixteen */
    int64_t to = 0;
    while (room - to >= 16) {
        Sixteen some = sixteen(buffer + at);
        uint32_t ends = bits((Sixteen)((some == '"') | (some == '\\') | (some < ' ')));
        int64_t run, code;
        __builtin_memcpy(text + to, &some, 16);
        if (!ends) {
            seen |= some;
            at += 16;
            to += 16;
            continue;
        }
        run = __builtin_ctz(ends);
        at += run;
        to += run;
        if (buffer[at] == '"') {
            bool ascii = !(bits(seen) | (bits(some) & ~(~0u << run)));
            if (!ascii && !is_utf8(start, buffer + at)) return BROKEN;
            *size = to;
            return at + 1;
        }
        if (buffer[at] < ' ') return BROKEN;
        if (room - to < 8) break;
        seen |= some;
        code = escaped(buffer, &at);
        if (code < 0) return BROKEN;
        to = put_character(code, text + to) - text;
    }
    return NO_TEXT;
}

/* ---- numbers, and values that are kept as text ---- */

/* Mark which of eight bytes, less the character 0, are no digits; the first mark is right. */
static inline uint64_t ends_digits(uint64_t eight) { return (eight | (eight + ONES * 6)) & (ONES * 0xF0); }

static inline int64_t digits(const uint8_t *buffer, int64_t at) {
    for (;; at += 8) {
        uint64_t ends = ends_digits(word(buffer + at) ^ (ONES * '0'));
        if (ends) return at + (__builtin_ctzll(ends) >> 3);
    }
}

/* The number whose eight digits are these bytes, the lowest one the first digit. */
static inline uint64_t eight_digits(uint64_t eight) {
    eight = eight * 10 + (eight >> 8);
    return ((eight & 0x000000FF000000FFu) * (100 + (1000000ull << 32))
            + (eight >> 16 & 0x000000FF000000FFu) * (1 + (10000ull << 32))) >> 32;
}

/* The place behind the digits at `at`; they are put behind those of `*sum`, which holds any 19. */
static inline int64_t more_digits(const uint8_t *buffer, int64_t at, uint64_t *sum) {
    static const uint32_t TENS[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    for (;; at += 8) {
        uint64_t eight = word(buffer + at) ^ (ONES * '0'), ends = ends_digits(eight);
        int count;
        if (!ends) {
            *sum = *sum * 100000000 + eight_digits(eight);
            continue;
        }
        count = __builtin_ctzll(ends) >> 3;
        if (count) *sum = *sum * TENS[count] + eight_digits(eight << (64 - 8 * count));
        return at + count;
    }
}

/* The place behind an integer that a column takes, whose value goes into `*value`; BROKEN where none stands. */
static inline int64_t integer(const uint8_t *buffer, int64_t at, int64_t *value) {
    bool minus = buffer[at] == '-';
    int64_t start = at + minus, end;
    uint64_t sum = 0;
    end = more_digits(buffer, start, &sum);
    if (end == start || end - at > MOST_DIGITS || (buffer[start] == '0' && end > start + 1)) return BROKEN;
    *value = minus ? -(int64_t)sum : (int64_t)sum;
    return end;
}

/* The place behind a number that a column of doubles takes, BROKEN where none stands. The double goes into `*bits`
   where two doubles give it, each of which is what was written: one operation rounds once. NOT_READ anywhere else. */
static inline int64_t number(const uint8_t *buffer, int64_t at, uint64_t *bits) {
    static const double TENS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool minus = buffer[at] == '-';
    int64_t start = at + minus, whole, end, count, power = 0;
    uint64_t sum = 0;
    double value;
    end = whole = more_digits(buffer, start, &sum);
    count = whole - start;
    if (!count || (buffer[start] == '0' && count > 1)) return BROKEN;
    if (buffer[end] == '.') {
        end = more_digits(buffer, whole + 1, &sum);
        power = whole + 1 - end;
        if (!power) return BROKEN;
        count -= power;
    }
    if (buffer[end] == 'e' || buffer[end] == 'E') {
        uint64_t more = 0;
        int64_t sign = buffer[end + 1], first = end + 1 + (sign == '+' || sign == '-');
        end = more_digits(buffer, first, &more);
        if (end == first) return BROKEN;
        power = end - first > 4 ? 10000 : sign == '-' ? power - (int64_t)more : power + (int64_t)more;
    } else if (!power && (end - at > EXACT_DIGITS || (minus && buffer[start] == '0'))) {
        return BROKEN; /* an integer: it may not fit a double, and -0 is one without a sign */
    }
    if (count > 19 || sum >> 53 || power > 22 || power < -22) { /* 64 bits hold any 19 digits, a double any 53 bits */
        *bits = NOT_READ;
        return end;
    }
    value = power < 0 ? (double)sum / TENS[-power] : (double)sum * TENS[power];
    __builtin_memcpy(bits, &value, 8);
    *bits |= (uint64_t)minus << 63;
    return end;
}

/* The place behind the integer part of a number (RFC 8259, section 6), BROKEN where none stands. */
static inline int64_t integer_end(const uint8_t *buffer, int64_t at) {
    int64_t end;
    if (buffer[at] == '-') at++;
    end = digits(buffer, at);
    return end == at || (buffer[at] == '0' && end > at + 1) ? BROKEN : end;
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
    AHEAD(all->cells + place + 16);
    AHEAD(all->valid + place + 64);
}

/* Where the sizes of a node's texts stand: behind its cells where these are doubles. */
static inline int64_t *sizes(const Tables *all, const Node *node) {
    return all->cells + node->base + (node->kind == NUMBER ? node->room : 0);
}

/* Say which node has no room for a line, where that is why it was left off. */
static inline int64_t without(const Tables *all, int64_t why, const Node *node) {
    all->control->node = node - all->nodes;
    return why;
}

/* Append a null to a node and to the members of a struct; return 0, or NO_CELL where one of them has no room. */
static inline int64_t append_null(const Tables *all, int64_t top) {
    int64_t after = all->nodes[top].after, below = top;
    while (below < after) {
        Node *node = &all->nodes[below];
        if (is_full(node)) return without(all, NO_CELL, node);
        if (node->kind == NUMBER) sizes(all, node)[node->count] = 0;
        append(all, node, 0, 0);
        below = node->kind == STRUCT ? below + 1 : node->after;
    }
    return 0;
}

/* Append the string at `at` to a node that has a cell for it; return the place behind it. */
INLINED int64_t text_end(const Tables *all, int64_t at, Node *node) {
    int64_t size = 0;
    if (all->buffer[at] != '"') return BROKEN;
    at = string(all->buffer, at + 1, all->text + node->text + node->filled, node->text_room - node->filled, &size);
    if (at < 0) return at;
    append(all, node, size, 1);
    node->filled += size;
    AHEAD(all->text + node->text + node->filled + 128);
    return at;
}

/* Append the value at `at` to a node without parts; return the place behind it. */
INLINED int64_t scalar(const Tables *all, int64_t at, Node *node) {
    const uint8_t *buffer = all->buffer;
    int64_t end, value = 0;
    if (is_full(node)) return NO_CELL;
    if (node->kind == STRING) return text_end(all, at, node);
    if (node->kind == INTEGER) {
        end = integer(buffer, at, &value);
        if (end < 0) return BROKEN;
    } else if (node->kind == BOOLEAN) {
        uint64_t eight = word(buffer + at);
        value = (uint32_t)eight == (uint32_t)word((const uint8_t *)"true\0\0\0");
        if (!(value | ((eight << 24) == (word((const uint8_t *)"false\0\0") << 24)))) return BROKEN;
        end = at + 5 - value;
    } else {
        uint8_t *to = all->text + node->text + node->filled;
        uint64_t bits = 0;
        int64_t size;
        end = node->kind == NUMBER    ? number(buffer, at, &bits)
              : node->kind == DECIMAL ? integer_end(buffer, at)
                                      : value_end(buffer, at);
        if (end < 0) return BROKEN;
        size = end - at;
        if (size > node->text_room - node->filled - 8) return NO_TEXT; /* eight bytes are written at once */
        for (int64_t index = 0; index < size; index += 8) __builtin_memcpy(to + index, buffer + at + index, 8);
        node->filled += size;
        value = size;
        if (node->kind == NUMBER) {
            sizes(all, node)[node->count] = size;
            value = (int64_t)bits;
        }
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
    for (int64_t index = 8; index < node->name_size - 7; index += 8)
        if (word(place + index) != word(name + index)) return false;
    return word(place + node->name_size - 7) == node->name_end;
}

/* The node behind the members of a struct. */
static inline int64_t behind_members(const Node *node) { return node->rest_node ? node->rest_node : node->after; }

/* The member whose name stands at `at` where another one was expected (-1: none): mostly one of the next behind it, or
   else the one that is expected in its place from now on. BROKEN if there is none; UNNAMED if any may stand there. */
static int64_t unexpected_member(const Tables *all, int64_t at, const Frame *frame, int64_t expected) {
    Node *nodes = all->nodes;
    int64_t after = behind_members(&nodes[frame->where]), node = expected < 0 ? after : nodes[expected].after;
    int64_t next = node;
    while (node < after && !is_name(all, at, &nodes[node])) node = nodes[node].after;
    if (node >= after)
        for (node = frame->where + 1; node < after && !is_name(all, at, &nodes[node]);) node = nodes[node].after;
    if (node >= after) return nodes[frame->where].is_open ? UNNAMED : BROKEN;
    if (frame->last >= 0 && node != next) nodes[frame->last].follow = node;
    return node;
}

/* The member of a struct whose name stands at `at`; BROKEN if it was there before, or if there is none; UNNAMED if it
   may stand there all the same. */
static inline int64_t member(const Tables *all, int64_t at, Frame *frame) {
    int64_t number = frame->last;
    Node *node;
    if (number >= 0) number = all->nodes[number].follow;
    else if (all->nodes[frame->where].members) number = frame->where + 1;
    if (number < 0 || !is_name(all, at, &all->nodes[number])) {
        number = unexpected_member(all, at, frame, number);
        if (number < 0) return number;
    }
    node = &all->nodes[number];
    if (node->seen == frame->object) return BROKEN;
    node->seen = frame->object;
    frame->last = number;
    frame->length++;
    return number;
}

/* Keep the member at `start` (its quote) as it is written, with a comma behind it; return the place behind it.
   A name with an escape in it may be one that has a column. What the value holds is looked at later. */
static int64_t keep_member(const Tables *all, int64_t start, Frame *frame) {
    const uint8_t *buffer = all->buffer;
    Node *rest = &all->nodes[all->nodes[frame->where].rest_node];
    int64_t at = start + 1, size;
    uint8_t *to = all->text + rest->text + rest->filled;
    for (; buffer[at] != '"'; at++)
        if (buffer[at] < ' ' || buffer[at] == '\\') return BROKEN;
    at = blank(buffer, at + 1);
    if (buffer[at] != ':') return BROKEN;
    at = value_end(buffer, blank(buffer, at + 1));
    if (at < 0) return BROKEN;
    size = at - start;
    if (size >= rest->text_room - rest->filled) return NO_TEXT;
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
        if (is_full(rest)) return without(all, NO_CELL, rest);
        append(all, rest, frame->unnamed_bytes, frame->unnamed_bytes > 0);
    }
    return frame->length == node->members ? 0 : append_missing(all, frame);
}

/* Append the record at `at` to all columns; return the place behind it, or why it was left off. */
static int64_t record(const Tables *all, int64_t at) {
    const uint8_t *buffer = all->buffer;
    Node *nodes = all->nodes, *node = nodes, *around = 0; /* of the value that is next; of what it stands in */
    Frame *frame = 0;  /* the innermost object or array */
    int64_t depth = 0; /* how many frames are in use */
    int64_t problem;

value: /* of `node`, at `at` */
    if (buffer[at] == 'n' && node->kind != JSON) {
        if (!node->null_ok || !same(buffer + at, (const uint8_t *)"null", 4)) return BROKEN;
        if (append_null(all, node - nodes)) return NO_CELL;
        if (node->null_ok == SAID_NULL) all->valid[node->base + node->count - 1] = SAID_NULL;
        at += 4;
        goto behind;
    }
    if (node->kind > MAP) {
        at = scalar(all, at, node);
        if (at < 0) return without(all, at, node);
        goto behind;
    }
    if (buffer[at] != (node->kind == LIST ? '[' : '{')) return BROKEN;
    if (is_full(node)) return without(all, NO_CELL, node);
    around = node;
    frame = &all->frames[depth++];
    frame->where = node - nodes;
    frame->object = ++all->control->stamp;
    frame->first = node->base + node->count;
    frame->length = 0;
    frame->last = -1;
    frame->unnamed_bytes = 0;
    append(all, node, 0, 1);
    at = blank(buffer, at + 1);
    if (buffer[at] == (node->kind == LIST ? ']' : '}')) goto end;
    if (node->kind == LIST) {
        frame->length = 1;
        node++;
        goto value;
    }

name: /* of a member or key of `around` */
    if (buffer[at] != '"') return BROKEN;
    if (around->kind == MAP) {
        at = key(all, at, frame);
        if (at < 0) return without(all, at, around + 1);
        node = around + 2;
    } else {
        int64_t number = member(all, at + 1, frame);
        if (number == UNNAMED) {
            at = keep_member(all, at, frame);
            if (at < 0) return without(all, at, nodes + around->rest_node);
            goto behind;
        }
        if (number < 0) return BROKEN;
        node = nodes + number;
        at += 2 + node->name_size;
    }
    at = blank(buffer, at);
    if (buffer[at] != ':') return BROKEN;
    at = blank(buffer, at + 1);
    goto value;

behind: /* a value */
    if (depth == 0) return at;
    at = blank(buffer, at);
    if (buffer[at] == ',') {
        at = blank(buffer, at + 1);
        if (around->kind != LIST) goto name;
        frame->length++;
        node = around + 1;
        goto value;
    }
    if (buffer[at] != (around->kind == LIST ? ']' : '}')) return BROKEN;

end: /* of `around` */
    problem = close(all, frame);
    if (problem) return problem;
    at++;
    if (--depth) {
        frame--;
        around = nodes + frame->where;
    }
    goto behind;
}

/* ---- lines that leave no trace ---- */

static inline bool has_text(const Node *node) { return node->kind >= STRING && node->kind != INTEGER && node->kind != BOOLEAN; }

/* Chain the nodes up of which a line doesn't follow from their struct how many cells they had before it, or from their
   cells how much text: parts of lists and maps, and additional members. Return the first one, 0 where there is none. */
static int64_t chained(Node *nodes, int64_t count) {
    int64_t *link, first = 0;
    link = &first;
    for (int64_t number = 0; number < count; number++) {
        Node *node = &nodes[number];
        int64_t parts = node->kind == LIST ? 1 : node->kind == MAP ? 2 : 0;
        for (int64_t part = number + 1; parts; part = nodes[part].after, parts--) nodes[part].is_kept = 1;
        if (node->kind == REST) node->is_kept = 1;
        if (!node->is_kept) continue;
        *link = number;
        link = &node->next_kept;
    }
    *link = 0;
    return first;
}

static inline void save(Node *nodes, int64_t first) {
    for (int64_t number = first; number; number = nodes[number].next_kept) {
        nodes[number].saved_count = nodes[number].count;
        nodes[number].saved_filled = nodes[number].filled;
    }
}

/* Take back what a line appended to columns that had `rows` rows before. */
static void restore(const Tables *all, int64_t rows) {
    Node *nodes = all->nodes;
    nodes[0].saved_count = rows;
    for (int64_t number = 0; number < all->control->nodes; number++) {
        Node *node = &nodes[number];
        if (node->kind == STRUCT)
            for (int64_t part = number + 1; part < node->after; part = nodes[part].after)
                nodes[part].saved_count = node->saved_count;
        if (node->kind == REST) node->filled = node->saved_filled;
        else if (has_text(node))
            for (int64_t cell = node->saved_count; cell < node->count; cell++)
                node->filled -= sizes(all, node)[cell];
        node->count = node->saved_count;
    }
}

/* Read lines from `control->position` on until there is none left, `rows` is full, or a node has no room.

   buffer:  whole lines, each with its line end, and 16 more bytes behind them.
   control: the position in the buffer, the line's number, rows so far, objects so far; the end, the sizes; how many
            bytes a line may have, for one of blanks alone is only passed over where it has no more.
   rows:    takes of each row its start and end in the buffer, its line, and whether it is plain.
   frames:  room for the arrays and objects around a value, as many as the table is deep.
   names:   the members' names, one after the other.
   nodes:   the columns and their parts in pre-order, the record first; a line without room leaves no trace there.
   cells:   of each node and value: the number, or the length in bytes or elements. Behind those of a node of doubles
            there is as much room again, for the lengths of their texts.
   valid:   of each of them whether it isn't null; SAID_NULL where that was said, at a node whose `null_ok` is that.
   text:    the bytes of strings, of numbers as they are written, of values and members that are kept as JSON text.

   Return 0, or NO_CELL or NO_TEXT where the node `control->node` has no room for the line at the position. */
__attribute__((visibility("default"))) int64_t
read_lines(const uint8_t *buffer, Control *control, Row *rows, Frame *frames, const uint8_t *names, Node *nodes,
           int64_t *cells, uint8_t *valid, uint8_t *text) {
    const Tables all = {buffer, names, control, frames, nodes, cells, valid, text};
    int64_t position = control->position, line = control->line, row = control->rows, status = 0;
    int64_t kept = chained(nodes, control->nodes), rows_before;
    while (position < control->end_of_lines && row < control->most_rows) {
        int64_t at = blank(buffer, position), reached = BROKEN;
        bool plain = false;
        if (buffer[at] == '\n' && at - position <= control->most_bytes) {
            position = at + 1;
            line++;
            continue;
        }
        save(nodes, kept);
        rows_before = nodes[0].count;
        if (buffer[at] == '{') reached = record(&all, at);
        if (reached < BROKEN) {
            restore(&all, rows_before);
            status = reached;
            break;
        }
        if (reached >= 0) {
            reached = blank(buffer, reached);
            plain = buffer[reached] == '\n';
        }
        if (!plain) {
            restore(&all, rows_before);
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

/* ---- strings that are held against what may stand at each place ---- */

enum {
    MOST_PLACES = 64, /* of a string that are looked at */
    WHOLE = -1        /* in the place of a beginning: the string ends with the way */
};

/* A way that a string may be: which sizes it may have, a bit for each from one on, and whether none; or how many bytes
   it begins with, whatever is behind. The ranges of its places stand at `bounds`: for each sixteen of them `ranges`
   times the least bytes, and how far the greatest are. */
typedef struct { uint64_t sizes; int64_t empty, beginning, ranges, bounds; } Way;

static inline bool is_so(const uint8_t *string, int64_t size, const Way *way, const uint8_t *bounds) {
    const uint8_t *bound = bounds + way->bounds;
    if (way->beginning != WHOLE) {
        if (size < way->beginning) return false;
        size = way->beginning;
    } else if (size > MOST_PLACES || !(size ? way->sizes >> (size - 1) & 1 : (uint64_t)way->empty)) return false;
    for (int64_t left = size; left > 0; left -= 16, string += 16) {
        Sixteen some = sixteen(string), fits = {0};
        for (int64_t range = 0; range < way->ranges; range++, bound += 32)
            fits |= (Sixteen)(some - sixteen(bound) <= sixteen(bound + 16));
        if (~bits(fits) & (left < 16 ? ~(~0u << left) : 0xFFFF)) return false;
    }
    return true;
}

/* Say which of `count` strings, as far as they are `asked` for, are in none of some ways.

   texts:  the strings, one after the other.
   places: where each starts there, and where the last one ends.
   bounds: the ranges of all ways.
   left:   takes of each string whether it is asked for and in none of the ways. */
__attribute__((visibility("default"))) int64_t
unlike(const uint8_t *texts, const int32_t *places, int64_t count, const Way *ways, int64_t number_of_ways,
       const uint8_t *bounds, const uint8_t *asked, uint8_t *left) {
    uint8_t last[MOST_PLACES + 16]; /* the last strings, which too little is behind */
    for (int64_t row = 0; row < count; row++) {
        int64_t size = places[row + 1] - places[row];
        const uint8_t *string = texts + places[row];
        int64_t way = 0;
        left[row] = asked[row];
        if (!asked[row]) continue;
        if (places[count] - places[row + 1] < 16) {
            for (int64_t index = 0; index < MOST_PLACES + 16; index++) last[index] = index < size ? string[index] : 0;
            string = last;
        }
        while (way < number_of_ways && !is_so(string, size, ways + way, bounds)) way++;
        left[row] = way == number_of_ways;
    }
    return 0;
}

/* ---- what is the same ---- */

/* Give each string a code: strings that are equal have the same.

   texts, places: as `unlike` takes them. */
__attribute__((visibility("default"))) int64_t
code_texts(const uint8_t *texts, const int32_t *places, int64_t count, uint64_t *codes) {
    for (int64_t row = 0; row < count; row++) {
        int64_t end = places[row + 1];
        uint64_t code = (uint64_t)(end - places[row]) << 56; /* where strings of less than eight bytes have nothing */
        for (int64_t at = places[row]; at < end; at += 8) {
            uint64_t eight = 0;
            if (places[count] - at >= 8) eight = word(texts + at);
            else
                for (int64_t last = end - 1; last >= at; last--) eight = eight << 8 | texts[last];
            if (end - at < 8) eight &= ~(~(uint64_t)0 << 8 * (end - at));
            code = (code ^ eight) * 0x9E3779B97F4A7C15u;
            code ^= code >> 32;
        }
        codes[row] = code;
    }
    return 0;
}

/* Say in which of `count` lists two elements have the same code: each is compared with each other one.

   codes:   of the elements, one list after the other.
   lengths: how many each list has. */
__attribute__((visibility("default"))) int64_t
repeat_codes(const uint64_t *codes, const int64_t *lengths, int64_t count, uint8_t *repeats) {
    for (int64_t list = 0; list < count; codes += lengths[list++]) {
        uint8_t found = 0;
        for (int64_t one = 1; one < lengths[list]; one++)
            for (int64_t other = 0; other < one; other++) found |= codes[one] == codes[other];
        repeats[list] = found;
    }
    return 0;
}

/* ---- counting ---- */

/* Say how many of some bytes are this one. */
__attribute__((visibility("default"))) int64_t count_byte(const uint8_t *bytes, int64_t size, int64_t byte) {
    const uint8_t wanted = (uint8_t)byte;
    int64_t at = 0, count = 0;
    while (size - at >= 16) {
        Sixteen counts = {0};
        for (int round = 0; round < 255 && size - at >= 16; round++, at += 16) /* more don't fit into a byte */
            counts -= (Sixteen)(sixteen(bytes + at) == wanted); /* all bits are set where it holds: less minus one */
        for (int lane = 0; lane < 16; lane++) count += counts[lane];
    }
    for (; at < size; at++) count += bytes[at] == wanted;
    return count;
}

/* ---- copying ---- */

/* Write texts one after the other, each with the byte 0xFF behind it, which UTF-8 never has: as many of them as there
   is room for. Say how many that are.

   texts: their bytes, one text after the other.
   ends:  where the first one starts, and where each of `count` ends.
   to:    where `room` bytes may be written. */
__attribute__((visibility("default"))) int64_t
terminate(const uint8_t *texts, const int32_t *ends, int64_t count, uint8_t *to, int64_t room) {
    const int64_t behind_all = ends[count];
    int64_t size = 0;
    for (int64_t number = 0; number < count; number++) {
        int64_t at = ends[number], end = ends[number + 1], put = size;
        size += end - at;
        if (size >= room) return number;
        while (at < end) {
            if (behind_all - at >= 16 && room - put >= 16) { /* what is too much will be written over */
                __builtin_memcpy(to + put, texts + at, 16);
                at += 16;
                put += 16;
            } else to[put++] = texts[at++];
        }
        to[size++] = 0xFF;
    }
    return count;
}

/* ---- looking up ---- */

enum { SLOTS = 512 }; /* more than twice as many as there may be words */

typedef struct { uint64_t first, last; int64_t size, word; } Slot; /* word: its place from 1 on; 0 where there is none */

/* What tells texts of at most sixteen bytes apart, and most of the others; `left` bytes may be read. No branch follows
   from the size: words of a list come in any order. */
static inline Slot seen_of(const uint8_t *text, int64_t size, int64_t left) {
    Slot seen = {0, 0, size, 0};
    if (left >= 8) {
        uint64_t kept = size < 8 ? ((uint64_t)1 << 8 * size) - 1 : ~(uint64_t)0;
        seen.first = word(text) & kept;
        seen.last = word(text + (size > 8 ? size - 8 : 0)) & kept;
    } else {
        for (int64_t at = 0; at < size; at++) seen.first |= (uint64_t)text[at] << 8 * at;
        seen.last = seen.first;
    }
    return seen;
}

/* The slot of a text, or the empty one where it would have to be. */
static inline Slot *slot_of(const uint8_t *text, Slot seen, const uint8_t *words, const int32_t *ends, Slot *slots) {
    uint64_t mixed = (seen.first ^ (seen.last << 23 | seen.last >> 41)) * 0x9E3779B97F4A7C15u + (uint64_t)seen.size;
    for (uint64_t place = mixed >> 55;; place = (place + 1) % SLOTS) {
        Slot *slot = &slots[place];
        if (!slot->word) return slot;
        if (slot->first == seen.first && slot->last == seen.last && slot->size == seen.size
            && (seen.size <= 16 || same(text, words + ends[slot->word - 1], seen.size)))
            return slot;
    }
}

/* Say of texts which word of a list each is, from 0 on, up to the first that is none of them; say how many these are.

   texts, ends:       as for `terminate`.
   words, word_ends:  at most 250 words, the same way, none of them twice.
   slots:             zeros.
   places:            room for `count` of them. */
__attribute__((visibility("default"))) int64_t
look_up(const uint8_t *texts, const int32_t *ends, int64_t count, const uint8_t *words, const int32_t *word_ends,
        int64_t many, Slot *slots, int32_t *places) {
    for (int64_t number = 0; number < many; number++) {
        const uint8_t *text = words + word_ends[number];
        Slot seen = seen_of(text, word_ends[number + 1] - word_ends[number], word_ends[many] - word_ends[number]);
        seen.word = number + 1;
        *slot_of(text, seen, words, word_ends, slots) = seen;
    }
    for (int64_t number = 0; number < count; number++) {
        const uint8_t *text = texts + ends[number];
        Slot seen = seen_of(text, ends[number + 1] - ends[number], ends[count] - ends[number]);
        int64_t found = slot_of(text, seen, words, word_ends, slots)->word;
        if (!found) return number;
        places[number] = (int32_t)(found - 1);
    }
    return count;
}
