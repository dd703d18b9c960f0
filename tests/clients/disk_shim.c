// Loaded into a server with LD_PRELOAD: makes the disk under one directory fail or hang while a test says so. The first byte of the
// file EVLOG_DISK_STATE, which both have mapped, is the state: '0' well, 'e' every write and sync fails with EIO, 'h' every sync hangs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static volatile char* state;
static const char* directory;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("EVLOG_DISK_STATE");
  directory = getenv("EVLOG_DISK_DIR");
  const int fd = path && directory ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* at = mmap(0, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at != MAP_FAILED) state = at;
}

static int ours(int fd) {
  char link[64], path[4096];
  if (!state || *state == '0') return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  return size > 0 && (size_t)size >= strlen(directory) && !strncmp(path, directory, strlen(directory));
}

static int fails(int fd, int is_sync) {
  if (!ours(fd)) return 0;
  const struct timespec moment = {0, 5000000};
  while (is_sync && *state == 'h') nanosleep(&moment, 0);
  if (*state != 'e') return 0;
  errno = EIO;
  return 1;
}

int fdatasync(int fd) { return fails(fd, 1) ? -1 : REAL(fdatasync)(fd); }
int fsync(int fd) { return fails(fd, 1) ? -1 : REAL(fsync)(fd); }
int syncfs(int fd) { return fails(fd, 1) ? -1 : REAL(syncfs)(fd); }
ssize_t pwritev(int fd, const struct iovec* pieces, int count, off_t at) { return fails(fd, 0) ? -1 : REAL(pwritev)(fd, pieces, count, at); }
ssize_t pwritev64(int fd, const struct iovec* pieces, int count, off64_t at) { return fails(fd, 0) ? -1 : REAL(pwritev64)(fd, pieces, count, at); }
