/* Lets the n-th call fail that writes to a folder, from when it is armed: preloaded by torture.faults. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1, calls = 0, error = EIO;

void torture_arm(long n, long code) { left = n; calls = 0; error = code; }
long torture_calls(void) { long found = calls; left = -1; return found; }

static int fails(void) {
    if (left < 0) return 0;
    calls++;
    if (--left != 0) return 0;
    left = 1L << 60; /* once; later calls are counted, and work */
    errno = error;
    return 1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *at, size_t n) { REAL(write); return fd > 2 && fails() ? -1 : real(fd, at, n); }
ssize_t pwrite64(int fd, const void *at, size_t n, off64_t o) { REAL(pwrite64); return fails() ? -1 : real(fd, at, n, o); }
ssize_t pwrite(int fd, const void *at, size_t n, off_t o) { REAL(pwrite); return fails() ? -1 : real(fd, at, n, o); }
int fsync(int fd) { REAL(fsync); return fails() ? -1 : real(fd); }
int ftruncate(int fd, off_t n) { REAL(ftruncate); return fails() ? -1 : real(fd, n); }
int ftruncate64(int fd, off64_t n) { REAL(ftruncate64); return fails() ? -1 : real(fd, n); }
int rename(const char *a, const char *b) { REAL(rename); return fails() ? -1 : real(a, b); }

#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(name); mode_t mode = 0; \
    if (flags & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
    return (flags & O_CREAT) && fails() ? -1 : real(path, flags, mode); }
OPEN(open)
OPEN(open64)
