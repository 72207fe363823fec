/* Lets calls of the C library fail, as a machine does that has no more: FAIL names one, AFTER says how many go well
 * before, WITH is the errno. Output to a terminal or a pipe of the process stays possible. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(const char *call) {
    static __thread int busy;
    static int calls;
    const char *named = getenv("FAIL"), *after = getenv("AFTER"), *with = getenv("WITH");
    if (busy || !named || strcmp(named, call)) return 0;
    busy = 1;
    int over = __sync_add_and_fetch(&calls, 1) > atoi(after ? after : "0");
    busy = 0;
    if (over) errno = atoi(with ? with : "5");
    return over;
}

static int is_file(int descriptor) {
    struct stat about;
    return descriptor > 2 && fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int d, const void *b, size_t n) { return is_file(d) && fails("write") ? -1 : REAL(write)(d, b, n); }
ssize_t writev(int d, const struct iovec *v, int n) { return is_file(d) && fails("write") ? -1 : REAL(writev)(d, v, n); }
ssize_t pwrite(int d, const void *b, size_t n, off_t o) { return is_file(d) && fails("write") ? -1 : REAL(pwrite)(d, b, n, o); }
ssize_t pwrite64(int d, const void *b, size_t n, off64_t o) { return is_file(d) && fails("write") ? -1 : REAL(pwrite64)(d, b, n, o); }
ssize_t read(int d, void *b, size_t n) { return is_file(d) && fails("read") ? -1 : REAL(read)(d, b, n); }
ssize_t pread(int d, void *b, size_t n, off_t o) { return is_file(d) && fails("read") ? -1 : REAL(pread)(d, b, n, o); }
ssize_t pread64(int d, void *b, size_t n, off64_t o) { return is_file(d) && fails("read") ? -1 : REAL(pread64)(d, b, n, o); }

int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {
    if (fails("pthread_create")) return errno;
    return REAL(pthread_create)(t, a, f, x);
}

static int opened(const char *call, const char *path, int flags, mode_t mode) {
    if (!strstr(path, "/lib/python") && fails("open")) return -1;
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, call))(path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

#define OPEN(name)                                          \
    int name(const char *path, int flags, ...) {            \
        va_list rest;                                       \
        va_start(rest, flags);                              \
        mode_t mode = mode_of(flags, rest);                 \
        va_end(rest);                                       \
        return opened(#name, path, flags, mode);            \
    }
OPEN(open)
OPEN(open64)
