/* The kernel on random tables and damaged lines, in memory of exactly the size that it was told, with room for so
   little that it must grow. Compiled with sanitizers, any byte read or written outside ends the program; so does a
   column that isn't what its table and its rows say.

   cc -std=c99 -g -fsanitize=address,undefined -DKERNEL='"…/kernel.c"' kernel.c && ./a.out FIRST LAST SECONDS
   clang -g -fsanitize=fuzzer,address,undefined -DLIBFUZZER -DKERNEL='"…/kernel.c"' kernel.c && ./a.out */

#include KERNEL

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_NODES = 60, DEEPEST = 6, SENTINEL = 16, MOST_MEMBERS = 6 };

static const char *const NAMES[] = {"", "a", "b", "ab", "number", "numbers", "numbered", "numbered more", "é",
                                    "名前"};
static uint64_t read_lines_in_all, plain_lines, found_in_all, copied_in_all, matched_in_all, repeated_in_all,
    doubles_in_all;

#define INSIST(holds) insist((holds), #holds, __LINE__)
static void insist(bool holds, const char *what, int line) {
    if (holds) return;
    fprintf(stderr, "line %d: not so: %s\n", line, what);
    abort();
}

/* ---- a table, from bytes ---- */

typedef struct { const uint8_t *data; size_t size; } Source;

static unsigned take(Source *source) {
    if (!source->size) return 0;
    source->size--;
    return *source->data++;
}

typedef struct {
    Node nodes[MOST_NODES];
    char names[MOST_NODES * 40];
    int64_t count, names_size, deepest;
} Table;

static void add_node(Table *table, Source *source, int64_t depth, int64_t kind);

static void add_member(Table *table, Source *source, int64_t depth, int number) {
    Node *node = &table->nodes[table->count];
    uint8_t padded[8] = {0}, mask[8] = {0};
    char *name = table->names + table->names_size;
    unsigned chosen = take(source);
    int size = snprintf(name, 40, "%s%d", NAMES[chosen % (sizeof NAMES / sizeof *NAMES)], number);
    node->name = table->names_size;
    node->name_size = size;
    node->required = (chosen & 0xC0) == 0;
    table->names_size += size;
    for (int index = 0; index < 8 && index <= size; index++) {
        padded[index] = index < size ? (uint8_t)name[index] : '"';
        mask[index] = 0xFF;
    }
    memcpy(&node->name_word, padded, 8);
    memcpy(&node->name_mask, mask, 8);
    if (size >= 8) {
        memcpy(&node->name_end, name + size - 7, 7);
        node->name_end |= (uint64_t)'"' << 56;
    }
    add_node(table, source, depth, -1);
}

static void add_node(Table *table, Source *source, int64_t depth, int64_t kind) {
    int64_t number = table->count++, former = -1;
    Node *node = &table->nodes[number];
    unsigned byte = take(source), members = kind == STRUCT ? 1 + byte % MOST_MEMBERS : 1 + byte / 16 % 3;
    node->kind = kind >= 0 ? kind : byte % 9;
    if (depth > table->deepest) table->deepest = depth;
    if ((depth >= DEEPEST || table->count > MOST_NODES - 12) && node->kind <= MAP) node->kind = INTEGER;
    node->null_ok = byte >> 7 ? 1 + (byte >> 6 & 1) : 0;
    node->follow = -1;
    if (node->kind == STRUCT) {
        for (unsigned index = 0; index < members && table->count < MOST_NODES - 4; index++) {
            int64_t member = table->count;
            add_member(table, source, depth + 1, (int)index);
            if (former >= 0) table->nodes[former].follow = member;
            former = member;
            node->members++;
        }
        if (byte >> 5 & 1) {
            Node *rest = &table->nodes[table->count];
            node->rest_node = table->count++;
            node->is_open = byte >> 4 & 1;
            rest->kind = REST;
            rest->null_ok = 1;
            rest->after = table->count;
        }
    } else if (node->kind == LIST) {
        node->members = 1;
        add_node(table, source, depth + 1, -1);
    } else if (node->kind == MAP) {
        node->members = 2;
        add_node(table, source, depth + 1, STRING);
        add_node(table, source, depth + 1, -1);
    }
    node->after = table->count;
}

/* ---- what must hold ---- */

static bool is_text(const Node *node) {
    return node->kind == STRING || node->kind == NUMBER || node->kind == JSON ||
           node->kind == DECIMAL || node->kind == REST;
}

static int64_t sum(const int64_t *cells, const Node *node) {
    int64_t total = 0, start = node->base + (node->kind == NUMBER ? node->room : 0);
    for (int64_t index = 0; index < node->count; index++) total += cells[start + index];
    return total;
}

static void check_doubles(const Node *node, const int64_t *cells, const uint8_t *valid, const uint8_t *text) {
    for (int64_t index = 0; index < node->count; index++) {
        int64_t size = cells[node->base + node->room + index];
        char written[64];
        double value, read;
        memcpy(&read, &cells[node->base + index], 8);
        if (valid[node->base + index] == 1 && read == read && size < (int64_t)sizeof written) {
            memcpy(written, text, (size_t)size);
            written[size] = 0;
            value = strtod(written, 0);
            INSIST(!memcmp(&value, &read, 8));
        }
        doubles_in_all += read == read && read != 0;
        text += size;
    }
}

static bool holds_utf8(const uint8_t *text, int64_t size) {
    for (int64_t at = 0; at < size;) {
        uint8_t first = text[at++];
        int more = first < 0x80 ? 0 : first < 0xC2 ? -1 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : -1;
        uint32_t code = more <= 0 ? first : first & (0x3Fu >> more);
        if (more < 0 || at + more > size) return false;
        for (int index = 0; index < more; index++, at++) {
            if ((text[at] & 0xC0) != 0x80) return false;
            code = code << 6 | (text[at] & 0x3F);
        }
        if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return false;
        if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000)) return false;
    }
    return true;
}

static void check_rows(const uint8_t *buffer, const Control *control, const Row *rows, const Node *nodes) {
    int64_t at = 0, line = 7, plain = 0;
    for (int64_t row = 0; row < control->rows; row++) {
        INSIST(rows[row].start >= at && rows[row].end >= rows[row].start && rows[row].end < control->end_of_lines);
        for (; at < rows[row].start; at++) {
            INSIST(strchr(" \t\r\n", buffer[at]) && buffer[at]);
            line += buffer[at] == '\n';
        }
        INSIST(rows[row].number_of_line == line);
        INSIST(!memchr(buffer + at, '\n', (size_t)(rows[row].end - at)) && buffer[rows[row].end] == '\n');
        INSIST(rows[row].plain == 0 || rows[row].plain == 1);
        plain += rows[row].plain;
        at = rows[row].end + 1;
        line++;
    }
    INSIST(nodes[0].count == plain);
    INSIST(control->position >= at && control->position <= control->end_of_lines);
}

static void check_columns(const Table *table, const Node *nodes, const int64_t *cells, const uint8_t *valid,
                          const uint8_t *text) {
    for (int64_t number = 0; number < table->count; number++) {
        const Node *node = &nodes[number];
        INSIST(node->count >= 0 && node->count <= node->room);
        INSIST(node->filled >= 0 && node->filled <= node->text_room);
        for (int64_t index = 0; index < node->count; index++) {
            INSIST(valid[node->base + index] <= (node->null_ok == SAID_NULL ? SAID_NULL : 1));
            INSIST(valid[node->base + index] == 1 || cells[node->base + index] == 0);
        }
        if (is_text(node)) INSIST(sum(cells, node) == node->filled);
        if (node->kind == NUMBER) check_doubles(node, cells, valid, text + node->text);
        if (node->kind == STRING) INSIST(holds_utf8(text + node->text, node->filled));
        if (node->kind == LIST || node->kind == MAP) INSIST(nodes[number + 1].count == sum(cells, node));
        if (node->kind == MAP) INSIST(nodes[number + 2].count == sum(cells, node));
        if (node->kind == STRUCT)
            for (int64_t below = number + 1; below < node->after; below = nodes[below].after)
                INSIST(nodes[below].count == node->count);
    }
}

/* ---- reading ---- */

static void *room(int64_t count, size_t size) { /* exactly as much, and nothing in it is known */
    void *memory = malloc((size_t)count * size);
    INSIST(memory || !count);
    if (memory) memset(memory, 0xA5, (size_t)count * size);
    return memory;
}

static bool read_once(Table *table, const uint8_t *buffer, int64_t size, int64_t most_rows, int64_t most_bytes) {
    Control control = {0, 7, 0, 0, 0, size, most_rows, table->count, most_bytes};
    Node *nodes = room(table->count, sizeof *nodes);
    Row *rows = room(most_rows, sizeof *rows);
    Frame *frames = room(table->deepest + 1, sizeof *frames);
    uint8_t *names = room(table->names_size, 1), *valid, *text;
    int64_t *cells, cell_count = 0, text_size = 0, status;
    for (int64_t number = 0; number < table->count; number++) {
        Node *node = &table->nodes[number];
        node->base = cell_count;
        node->text = text_size;
        cell_count += node->room * (node->kind == NUMBER ? 2 : 1);
        text_size += node->text_room;
    }
    cells = room(cell_count, sizeof *cells);
    valid = room(cell_count, 1);
    text = room(text_size, 1);
    memcpy(nodes, table->nodes, (size_t)table->count * sizeof *nodes);
    memcpy(names, table->names, (size_t)table->names_size);
    status = read_lines(buffer, &control, rows, frames, names, nodes, cells, valid, text);
    INSIST(status == 0 || status == NO_CELL || status == NO_TEXT);
    INSIST(control.rows <= most_rows);
    check_rows(buffer, &control, rows, nodes);
    check_columns(table, nodes, cells, valid, text);
    if (status) {
        Node *node = &table->nodes[control.node];
        INSIST(control.node >= 0 && control.node < table->count);
        INSIST(status == NO_CELL || is_text(node));
        if (status == NO_CELL) node->room = 2 * node->room + 1;
        else node->text_room = 2 * node->text_room + 8;
    } else if (control.position >= size) {
        read_lines_in_all += (uint64_t)control.rows;
        plain_lines += (uint64_t)nodes[0].count;
    }
    free(nodes), free(rows), free(frames), free(names), free(cells), free(valid), free(text);
    return !status && control.position >= size;
}

/* ---- searching ---- */

/* Search lines for what a recipe cuts out of them, at times with a bit of it turned. */
static void search(Source recipe, const uint8_t *lines, int64_t size) {
    enum { MOST_NEEDLES = 4, LONGEST = 12 };
    int64_t many = take(&recipe) % MOST_NEEDLES, texts_size = 0;
    uint8_t *bytes = room(size, 1), *texts = room(many * LONGEST, 1);
    uint64_t *pairs = room(1 << 10, sizeof *pairs);
    Needle *needles = room(many, sizeof *needles);
    bool held = false;
    memset(pairs, 0, (1 << 10) * sizeof *pairs);
    if (size) memcpy(bytes, lines, (size_t)size);
    if (size < LONGEST) many = 0;
    for (int64_t number = 0; number < many; number++) {
        Needle *needle = &needles[number];
        uint8_t *text = texts + texts_size;
        unsigned place = take(&recipe) << 8, turned;
        needle->start = texts_size;
        needle->size = 3 + take(&recipe) % (LONGEST - 2);
        needle->offset = take(&recipe) % (needle->size - 2);
        texts_size += needle->size;
        place = (place | take(&recipe)) % (unsigned)(size - needle->size + 1);
        if (take(&recipe) % 4 == 0) place = number % 2 ? 0 : (unsigned)(size - needle->size);
        memcpy(text, bytes + place, (size_t)needle->size);
        turned = take(&recipe);
        if (turned % 3) text[turned / 8 % needle->size] ^= 1;
        for (int64_t at = needle->offset; at < needle->offset + 2; at++) {
            unsigned pair = text[at] | (unsigned)text[at + 1] << 8;
            pairs[pair / 64] |= (uint64_t)1 << pair % 64;
        }
        for (int64_t at = 0; at <= size - needle->size; at++) held |= !memcmp(bytes + at, text, (size_t)needle->size);
    }
    INSIST(holds_any(bytes, size, pairs, texts, needles, many) == held);
    found_in_all += held;
    free(bytes), free(texts), free(pairs), free(needles);
}

/* ---- copying ---- */

/* Look texts up in a list of all of them but the last one. */
static void find(const uint8_t *texts, const int32_t *ends, int64_t many) {
    enum { LONGEST = 40 };
    Slot *slots = calloc(SLOTS, sizeof *slots);
    int32_t *word_ends = room(many + 1, sizeof *word_ends), *places = room(many, sizeof *places);
    uint8_t *words = room(many * LONGEST, 1), *exact;
    int64_t listed = 0, known, number = 0;
    INSIST(slots);
    word_ends[0] = 0;
    for (int64_t text = 0; text < many - 1; text++) {
        int64_t size = ends[text + 1] - ends[text], word = 0;
        for (; word < listed; word++)
            if (word_ends[word + 1] - word_ends[word] == size
                && !memcmp(words + word_ends[word], texts + ends[text], (size_t)size))
                break;
        if (word < listed) continue;
        memcpy(words + word_ends[listed], texts + ends[text], (size_t)size);
        word_ends[listed + 1] = word_ends[listed] + (int32_t)size;
        listed++;
    }
    exact = room(word_ends[listed], 1); /* no byte behind the last one */
    if (word_ends[listed]) memcpy(exact, words, (size_t)word_ends[listed]);
    known = look_up(texts, ends, many, exact, word_ends, listed, slots, places);
    INSIST(known >= many - 1 && known <= many);
    for (; number < known; number++) {
        int64_t size = ends[number + 1] - ends[number], word = places[number];
        INSIST(word >= 0 && word < listed && word_ends[word + 1] - word_ends[word] == size);
        INSIST(!memcmp(exact + word_ends[word], texts + ends[number], (size_t)size));
    }
    for (int64_t word = 0; number < many && word < listed; word++)
        INSIST(word_ends[word + 1] - word_ends[word] != ends[many] - ends[many - 1]
               || memcmp(exact + word_ends[word], texts + ends[many - 1], (size_t)(ends[many] - ends[many - 1])));
    free(slots), free(word_ends), free(places), free(words), free(exact);
}

/* Cut lines into texts of the sizes that a recipe says, and have them copied into as much room as it says. */
static void copy(Source recipe, const uint8_t *lines, int64_t size) {
    enum { MOST_TEXTS = 40 };
    int64_t many = take(&recipe) % MOST_TEXTS, space = take(&recipe) * 4, first = take(&recipe), behind = 0, done;
    uint8_t *texts, *to = room(space, 1);
    int32_t *ends = room(many + 1, sizeof *ends);
    if (first > size) first = size;
    ends[0] = (int32_t)first;
    for (int64_t number = 0; number < many; number++) {
        int64_t end = ends[number] + take(&recipe) % 40;
        ends[number + 1] = (int32_t)(end > size ? size : end);
    }
    texts = room(ends[many], 1); /* no byte behind the last one */
    if (ends[many]) memcpy(texts, lines, (size_t)ends[many]);
    done = terminate(texts, ends, many, to, space);
    INSIST(done >= 0 && done <= many);
    for (int64_t number = 0; number < done; number++) {
        int64_t length = ends[number + 1] - ends[number];
        INSIST(!memcmp(to + behind, texts + ends[number], (size_t)length));
        behind += length;
        INSIST(to[behind++] == 0xFF);
    }
    INSIST(done == many || behind + ends[done + 1] - ends[done] >= space);
    find(texts, ends, many);
    copied_in_all += (uint64_t)done;
    free(texts), free(to), free(ends);
}

/* ---- holding strings against ways that they may be ---- */

static bool is_in(const uint8_t *text, int64_t size, const Way *way, const uint8_t *bounds) {
    if (way->beginning >= 0 ? size < way->beginning
        : size > MOST_PLACES || !(size ? way->sizes >> (size - 1) & 1 : (uint64_t)way->empty)) return false;
    if (way->beginning >= 0) size = way->beginning;
    for (int64_t place = 0; place < size; place++) {
        bool fits = false;
        for (int64_t range = 0; range < way->ranges; range++) {
            const uint8_t *bound = bounds + way->bounds + (place / 16 * way->ranges + range) * 32 + place % 16;
            fits |= text[place] >= bound[0] && text[place] <= bound[0] + bound[16];
        }
        if (!fits) return false;
    }
    return true;
}

/* Cut lines into texts of the sizes that a recipe says, and hold them against ways that it says. */
static void match(Source recipe, const uint8_t *lines, int64_t size) {
    enum { MOST_TEXTS = 12, MOST_WAYS = 4 };
    int64_t many = take(&recipe) % MOST_TEXTS, number_of_ways = take(&recipe) % MOST_WAYS, behind = 0;
    Way *ways = room(number_of_ways, sizeof *ways);
    uint8_t *texts, *bounds, *asked = room(many, 1), *left = room(many, 1);
    int32_t *places = room(many + 1, sizeof *places);
    for (int64_t number = 0; number < number_of_ways; number++) {
        int64_t most = take(&recipe) % (MOST_PLACES + 1);
        ways[number].empty = take(&recipe) % 2;
        ways[number].sizes = most ? ~(uint64_t)0 >> (MOST_PLACES - most) & ~(uint64_t)take(&recipe) : 0;
        ways[number].beginning = take(&recipe) % 4 ? WHOLE : most;
        ways[number].ranges = take(&recipe) % 4;
        ways[number].bounds = behind;
        behind += (most + 15) / 16 * ways[number].ranges * 32;
    }
    bounds = room(behind, 1);
    for (int64_t place = 0; place < behind; place++)
        bounds[place] = (uint8_t)(place / 16 % 2 ? take(&recipe) % 4 ? 255u - bounds[place - 16] : 0u : take(&recipe) % 64);
    places[0] = 0;
    for (int64_t number = 0; number < many; number++) {
        int64_t end = places[number] + take(&recipe) % 90;
        places[number + 1] = (int32_t)(end > size ? size : end);
        asked[number] = take(&recipe) % 4 > 0;
    }
    texts = room(places[many], 1); /* no byte behind the last one */
    if (places[many]) memcpy(texts, lines, (size_t)places[many]);
    unlike(texts, places, many, ways, number_of_ways, bounds, asked, left);
    for (int64_t number = 0; number < many; number++) {
        int64_t length = places[number + 1] - places[number];
        bool taken = false;
        for (int64_t way = 0; way < number_of_ways; way++)
            taken |= is_in(texts + places[number], length, ways + way, bounds);
        INSIST(left[number] == (asked[number] && !taken));
        matched_in_all += asked[number] && taken && length;
    }
    free(ways), free(texts), free(bounds), free(asked), free(left), free(places);
}

/* ---- what is the same ---- */

/* Cut lines into lists of texts of the sizes that a recipe says, and look for lists that have one twice. */
static void compare(Source recipe, const uint8_t *lines, int64_t size) {
    enum { MOST_LISTS = 8, MOST_ITEMS = 5 };
    int64_t lists = take(&recipe) % MOST_LISTS, many = 0, first = 0, *lengths = room(lists, sizeof *lengths);
    int32_t *places;
    uint64_t *codes;
    uint8_t *texts, *repeats = room(lists, 1);
    for (int64_t list = 0; list < lists; list++) many += lengths[list] = take(&recipe) % MOST_ITEMS;
    places = room(many + 1, sizeof *places);
    codes = room(many, sizeof *codes);
    places[0] = 0;
    for (int64_t number = 0; number < many; number++) {
        int64_t end = places[number] + take(&recipe) % 20 / 4;
        places[number + 1] = (int32_t)(end > size ? size : end);
    }
    texts = room(places[many], 1); /* no byte behind the last one */
    if (places[many]) memcpy(texts, lines, (size_t)places[many]);
    code_texts(texts, places, many, codes);
    repeat_codes(codes, lengths, lists, repeats);
    for (int64_t list = 0; list < lists; first += lengths[list++]) {
        bool twice = false;
        for (int64_t one = first; one < first + lengths[list]; one++)
            for (int64_t other = first; other < one; other++) {
                int64_t length = places[one + 1] - places[one];
                twice |= length == places[other + 1] - places[other]
                         && !memcmp(texts + places[one], texts + places[other], (size_t)length);
            }
        INSIST(repeats[list] == twice); /* codes of up to seven bytes are never the same by chance */
        repeated_in_all += twice;
    }
    free(lengths), free(places), free(codes), free(texts), free(repeats);
}

/* One input: a number of bytes that make a table, these bytes, and lines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Source source = {data, size};
    unsigned head = take(&source), lines = take(&source);
    Table table;
    Source recipe;
    uint8_t *buffer;
    int64_t rounds = 0, most_rows = 1 + lines % 8;
    if (head > source.size) head = (unsigned)source.size;
    recipe = (Source){source.data, head};
    source.data += head;
    source.size -= head;
    search(recipe, source.data, (int64_t)source.size);
    copy(recipe, source.data, (int64_t)source.size);
    match(recipe, source.data, (int64_t)source.size);
    compare(recipe, source.data, (int64_t)source.size);
    memset(&table, 0, sizeof table);
    add_node(&table, &recipe, 0, STRUCT);
    for (int64_t number = 0; number < table.count; number++) {
        table.nodes[number].room = take(&recipe) % 4;
        table.nodes[number].text_room = is_text(&table.nodes[number]) ? take(&recipe) % 12 : 0;
    }
    buffer = room((int64_t)source.size + 1 + SENTINEL, 1);
    if (source.size) memcpy(buffer, source.data, source.size);
    memset(buffer + source.size, '\n', 1 + SENTINEL);
    while (!read_once(&table, buffer, (int64_t)source.size + 1, most_rows, lines)) {
        INSIST(++rounds < 5000);
        most_rows++;
    }
    free(buffer);
    return 0;
}

#ifndef LIBFUZZER

/* ---- without a fuzzer: lines that mostly fit the table, and then some damage ---- */

static uint64_t state;

static unsigned draw(unsigned below) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (unsigned)(state * 0x2545F4914F6CDD1Du >> 33) % below;
}

static uint8_t made[1 << 16];
static size_t filled;

static void put(const char *text) {
    size_t size = strlen(text);
    if (filled + size > sizeof made) return;
    memcpy(made + filled, text, size);
    filled += size;
}

static const char *const STRINGS[] = {
    "", "a", "1234567", "12345678", "123456789012345678", "é", "名前", "😀", "\\n", "\\u00e9", "\\ud83d\\ude00",
    "\\\\", "\\\"", "\\/", "1234567\\u0000", "1234567é", "aaaaaa\\ud83d\\ude00", "\\ud83d", "\\uDE00", "\xc3",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80", "\x01", "\\x", "\\u12"};
static const char *const NUMBERS[] = {"0", "-1", "12", "123456789012345678", "1234567890123456789", "-0", "01", "1.5",
                                      "12345678901234567890", "-0.0", "1e5", "0.30000000000000004", "-12.5e-22",
                                      "9007199254740993.0", "1234567.8901234567", "3e22", "7e23", "0.0000000000000001", "1E+400", "1.", ".5", "-", "1e",
                                      "9007199254740993"};
static const char *const OTHERS[] = {"null", "true", "false", "nul", "{}", "[]", "[1,{\"a\":[]}]", "{\"a\":1}",
                                     "\"", "x"};
static const char *const TOKENS[] = {"\"", "\\", "{", "}", "[", "]", ",", ":", "\n", " ", "\t", "\r", "\\u", "\\ud83d",
                                     "\xf0\x9f\x98\x80", "\xc3", "null", "0", "-", "\"\"", "\x80", "\x01"};
#define ONE_OF(list) (list)[draw(sizeof(list) / sizeof *(list))]
#define SOUND(list, sound) (list)[draw(20) ? draw(sound) : draw(sizeof(list) / sizeof *(list))]

/* A number with a fraction or an exponent, of any size that a double may have. */
static void put_double(void) {
    char made_up[64];
    unsigned whole = draw(3) ? draw(1000) : draw(1u << 31), more = draw(10) ? draw(1u << 31) % 1000000 : draw(1u << 31);
    int at = snprintf(made_up, sizeof made_up, "%s%u.%0*u", draw(3) ? "" : "-", whole, (int)draw(12), more);
    if (draw(4) == 0) snprintf(made_up + at, sizeof made_up - (size_t)at, "e%d", (int)draw(60) - 30);
    put(made_up);
}

static void put_value(const Table *table, int64_t number) {
    const Node *node = &table->nodes[number];
    int many = (int)draw(4);
    if (draw(60) == 0) {
        put(ONE_OF(OTHERS));
    } else if (node->null_ok && draw(6) == 0) {
        put("null");
    } else if (node->kind == STRUCT) {
        bool first = true;
        put(draw(30) ? "{" : "{ ");
        for (int64_t below = number + 1; below < node->after; below = table->nodes[below].after) {
            char name[48];
            if (!table->nodes[below].required ? draw(4) == 0 : draw(60) == 0) continue;
            if (below == node->rest_node && !node->is_open && draw(20)) continue;
            snprintf(name, sizeof name, "%s\"%.*s\":", first ? "" : ",", (int)table->nodes[below].name_size,
                     table->names + table->nodes[below].name);
            if (below == node->rest_node) put(first ? "\"another\": " : ", \"another\" :");
            else put(name);
            put_value(table, below);
            if (draw(80) == 0) below = number + 1; /* the second one again */
            first = false;
        }
        put("}");
    } else if (node->kind == LIST || node->kind == MAP) {
        put(node->kind == LIST ? "[" : "{");
        if (draw(60) == 0 && filled < sizeof made / 8) many = 70;
        for (int index = 0; index < many; index++) {
            char name[24];
            snprintf(name, sizeof name, "\"%d%s\":", index, draw(3) ? "" : "é");
            if (index) put(",");
            if (node->kind == MAP) put(draw(30) ? name : "\"0\":");
            put_value(table, number + (node->kind == LIST ? 1 : 2));
        }
        put(node->kind == LIST ? "]" : "}");
    } else if (node->kind == STRING || ((node->kind == JSON || node->kind == REST) && draw(2))) {
        put("\"");
        put(SOUND(STRINGS, 17));
        put(SOUND(STRINGS, 17));
        put("\"");
    } else if (node->kind == BOOLEAN) {
        put(draw(2) ? "true" : "false");
    } else if (node->kind == JSON || node->kind == REST) {
        put(OTHERS[draw(8)]);
    } else if (node->kind == NUMBER && draw(2)) {
        put_double();
    } else {
        put(node->kind == INTEGER || node->kind == DECIMAL ? SOUND(NUMBERS, 4) : SOUND(NUMBERS, 3));
    }
}

static void one_input(void) {
    Table table;
    Source recipe;
    size_t start;
    memset(&table, 0, sizeof table);
    made[0] = (uint8_t)(20 + draw(200));
    made[1] = (uint8_t)draw(256);
    for (filled = 2; filled < 2u + made[0]; filled++) made[filled] = (uint8_t)draw(256);
    recipe = (Source){made + 2, made[0]};
    add_node(&table, &recipe, 0, STRUCT);
    start = filled;
    for (unsigned line = 0, many = 1 + draw(12); line < many; line++) {
        put_value(&table, 0);
        if (draw(40) == 0) put(ONE_OF(TOKENS));
        put(draw(20) ? "\n" : draw(2) ? "\r\n" : "\n \t\n");
    }
    if (draw(3) == 0)
        for (unsigned times = 1 + draw(12); times && filled > start; times--) {
            size_t at = start + draw((unsigned)(filled - start));
            const char *token = ONE_OF(TOKENS);
            if (draw(3) == 0) made[at] = (uint8_t)draw(256);
            else memcpy(made + at, token, strlen(token) < filled - at ? strlen(token) : filled - at);
        }
    if (draw(10) == 0) filled = start + draw((unsigned)(filled - start) + 1);
    LLVMFuzzerTestOneInput(made, filled);
}

int main(int count, char **words) {
    unsigned long first = count > 1 ? strtoul(words[1], 0, 10) : 0, last = count > 2 ? strtoul(words[2], 0, 10) : 10000;
    time_t end = time(0) + (count > 3 ? atol(words[3]) : 60);
    unsigned long seed = first;
    for (; seed < last && time(0) < end; seed++) {
        state = (seed + 1) * 0x9E3779B97F4A7C15u;
        one_input();
    }
    INSIST(last - first < 1000 || (doubles_in_all && copied_in_all && matched_in_all && repeated_in_all));
    printf("%lu %llu %llu %llu\n", seed - first, (unsigned long long)read_lines_in_all,
           (unsigned long long)plain_lines, (unsigned long long)found_in_all);
    return 0;
}
#endif
