// Loaded into a server with LD_PRELOAD: counts every call that changes a file under one directory, and at the call whose turn it is
// kills the process, tears the write, or lets the call fail. The page it shares with the rig (fault_page.h) says what and when.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault_page.h"

#define MAX_FD 65536

static struct FaultPage* page;
static char ours[MAX_FD];  // descriptors of files under the directory
static const char* directory;

#define REAL(name) ((__typeof__(&name))real(#name))
static void* real(const char* name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("EVLOG_FAULT_PAGE");
  directory = getenv("EVLOG_FAULT_DIR");
  if (!path || !directory) return;
  const int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* at = mmap(0, sizeof(struct FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) page = at;
}

static int is_ours(const char* path) { return page && path && !strncmp(path, directory, strlen(directory)); }
static int owns(int fd) { return page && fd >= 0 && fd < MAX_FD && ours[fd]; }

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// True when it is this call's turn. A call that is to be killed before it happens does not come back.
static int turn(const char* call, const char* path, int fd) {
  const uint64_t number = __atomic_add_fetch(&page->calls, 1, __ATOMIC_SEQ_CST);
  if (number != page->fire_at) return 0;
  strncpy(page->call, call, sizeof page->call - 1);
  if (path) {
    strncpy(page->path, path, sizeof page->path - 1);
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link, page->path, sizeof page->path - 1);
    if (size > 0) page->path[size] = 0;
  }
  __atomic_store_n(&page->fired, 1, __ATOMIC_SEQ_CST);
  if (page->action == FAULT_KILL_BEFORE) die();
  return 1;
}

// What becomes of a call whose turn it is and that has no parts: killed behind it, or failed.
#define SIMPLE(call, path, fd, run)                       \
  do {                                                    \
    if (turn(call, path, fd)) {                           \
      if (page->action == FAULT_ERROR) {                  \
        errno = page->error;                              \
        return -1;                                        \
      }                                                   \
      const int done = run;                               \
      if (page->action == FAULT_KILL_BEHIND) die();       \
      return done;                                        \
    }                                                     \
    return run;                                           \
  } while (0)

static int opened(int fd, const char* path) {
  if (fd >= 0 && fd < MAX_FD) ours[fd] = (char)is_ours(path);
  return fd;
}

static int open_turn(const char* path, int flags) {
  if (!is_ours(path) || !(flags & O_CREAT)) return 0;
  return turn("open", path, -1);
}

#define OPEN(name)                                                              \
  int name(const char* path, int flags, ...) {                                  \
    va_list more;                                                               \
    va_start(more, flags);                                                      \
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                               \
    const int mine = open_turn(path, flags);                                    \
    if (mine && page->action == FAULT_ERROR) return errno = page->error, -1;    \
    const int fd = REAL(name)(path, flags, mode);                               \
    if (mine && page->action == FAULT_KILL_BEHIND) die();                       \
    return opened(fd, path);                                                    \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) ours[fd] = 0;
  return REAL(close)(fd);
}

// Half of a write, as far as it goes: whole pieces, then a part of one.
static ssize_t half(int fd, const struct iovec* pieces, int count, off_t at) {
  size_t total = 0, done = 0;
  for (int i = 0; i < count; ++i) total += pieces[i].iov_len;
  for (int i = 0; i < count && done < total / 2; ++i) {
    size_t size = pieces[i].iov_len;
    if (size > total / 2 - done) size = total / 2 - done;
    const ssize_t wrote = REAL(pwrite)(fd, pieces[i].iov_base, size, at + (off_t)done);
    if (wrote < 0) return -1;
    done += (size_t)wrote;
  }
  return (ssize_t)done;
}

#define PWRITEV(name)                                                             \
  ssize_t name(int fd, const struct iovec* pieces, int count, off_t at) {         \
    if (!owns(fd) || !turn("pwritev", 0, fd)) return REAL(name)(fd, pieces, count, at); \
    if (page->action == FAULT_ERROR) {                                            \
      if (page->error == 0) return half(fd, pieces, count, at); /* short, and no error */ \
      half(fd, pieces, count, at);                                                \
      return errno = page->error, -1;                                             \
    }                                                                             \
    if (page->action == FAULT_KILL_BEHIND) half(fd, pieces, count, at), die();    \
    return -1;                                                                    \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define PWRITE(name)                                                              \
  ssize_t name(int fd, const void* bytes, size_t size, off_t at) {                \
    const struct iovec piece = {(void*)bytes, size};                              \
    if (!owns(fd)) return REAL(name)(fd, bytes, size, at);                        \
    return pwritev(fd, &piece, 1, at);                                            \
  }
PWRITE(pwrite64)

int fdatasync(int fd) {
  if (!owns(fd)) return REAL(fdatasync)(fd);
  SIMPLE("fdatasync", 0, fd, REAL(fdatasync)(fd));
}
int fsync(int fd) {
  if (!owns(fd)) return REAL(fsync)(fd);
  SIMPLE("fsync", 0, fd, REAL(fsync)(fd));
}
int syncfs(int fd) {
  if (!owns(fd)) return REAL(syncfs)(fd);
  SIMPLE("syncfs", 0, fd, REAL(syncfs)(fd));
}
int ftruncate(int fd, off_t size) {
  if (!owns(fd)) return REAL(ftruncate)(fd, size);
  SIMPLE("ftruncate", 0, fd, REAL(ftruncate)(fd, size));
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }
int fallocate(int fd, int mode, off_t at, off_t size) {
  if (!owns(fd)) return REAL(fallocate)(fd, mode, at, size);
  SIMPLE("fallocate", 0, fd, REAL(fallocate)(fd, mode, at, size));
}
int rename(const char* from, const char* to) {
  if (!is_ours(from)) return REAL(rename)(from, to);
  SIMPLE("rename", from, -1, REAL(rename)(from, to));
}
int unlink(const char* path) {
  if (!is_ours(path)) return REAL(unlink)(path);
  SIMPLE("unlink", path, -1, REAL(unlink)(path));
}
int rmdir(const char* path) {
  if (!is_ours(path)) return REAL(rmdir)(path);
  SIMPLE("rmdir", path, -1, REAL(rmdir)(path));
}
int remove(const char* path) {
  if (!is_ours(path)) return REAL(remove)(path);
  SIMPLE("remove", path, -1, REAL(remove)(path));
}
int mkdir(const char* path, mode_t mode) {
  if (!is_ours(path)) return REAL(mkdir)(path, mode);
  SIMPLE("mkdir", path, -1, REAL(mkdir)(path, mode));
}

// Reads are no crash points; they fail when the rig wants reads to.
#define PREADV(name)                                                              \
  ssize_t name(int fd, const struct iovec* pieces, int count, off_t at) {         \
    if (owns(fd) && page->reads && turn("preadv", 0, fd) && page->action == FAULT_ERROR && page->error) return errno = page->error, -1; \
    return REAL(name)(fd, pieces, count, at);                                     \
  }
PREADV(preadv)
PREADV(preadv64)
#define PREAD(name)                                                               \
  ssize_t name(int fd, void* into, size_t size, off_t at) {                       \
    if (owns(fd) && page->reads && turn("pread", 0, fd) && page->action == FAULT_ERROR && page->error) return errno = page->error, -1; \
    return REAL(name)(fd, into, size, at);                                        \
  }
PREAD(pread)
PREAD(pread64)
