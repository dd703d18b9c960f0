// Loaded into a user-mode Linux with LD_PRELOAD: gives its disk a write cache that forgets. What the guest writes is in the disk's file
// at once; what was there before goes to the undo file, which a flush of the guest empties. After the machine was killed the rig puts
// back what it likes of the undo file: any part of the writes since the last flush may be gone, sector by sector.
//   EVLOG_DISK: the disk's file.   EVLOG_UNDO: the undo file, entries of (offset, length, bytes as they were).
// A flush reaches the disk's thread and is then left out: its request has no piece to write, and the loop over the pieces is what would
// sync the file (arch/um/drivers/ubd_kern.c of Linux 6.1). So the requests are looked at where that thread reads them from its pipe. How
// many flushes were seen is the length of the file EVLOG_UNDO.flushes, so that the rig notices a kernel whose requests look different.
// That thread has no thread-local storage of its own: nothing here may touch errno.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { piece_max = 64 * 1024 };

static const char* disk_path;
static int disk = -1, undo = -1, flushes = -1;
static long machine;  // the process that is no thread of a device

// As the kernel writes it into the pipe, by its address.
struct request {
  void* request;
  int fds[2];
  unsigned long offsets[2];
  unsigned long long offset;
  int sector_size, error, pieces;
};

static struct {
  uint64_t offset, length;
  char bytes[piece_max];
} entry;

static int (*next_open)(const char*, int, ...);
static ssize_t (*next_read)(int, void*, size_t);
static ssize_t (*next_pwrite)(int, const void*, size_t, off64_t);
static int (*next_fsync)(int);
static int (*next_fdatasync)(int);
static int (*next_fallocate)(int, int, off64_t, off64_t);

__attribute__((constructor)) static void begin(void) {
  next_open = (__typeof__(next_open))dlsym(RTLD_NEXT, "open64");
  next_read = (__typeof__(next_read))dlsym(RTLD_NEXT, "read");
  next_pwrite = (__typeof__(next_pwrite))dlsym(RTLD_NEXT, "pwrite64");
  next_fsync = (__typeof__(next_fsync))dlsym(RTLD_NEXT, "fsync");
  next_fdatasync = (__typeof__(next_fdatasync))dlsym(RTLD_NEXT, "fdatasync");
  next_fallocate = (__typeof__(next_fallocate))dlsym(RTLD_NEXT, "fallocate64");
  disk_path = getenv("EVLOG_DISK");
  const char* path = getenv("EVLOG_UNDO");
  machine = getpid();
  if (!disk_path || !path) return;
  undo = next_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  char name[4096];
  if (snprintf(name, sizeof name, "%s.flushes", path) < (int)sizeof name) flushes = next_open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

static long call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

// The bytes as they are now, before they change. Behind the end of the file they are zero.
static void remember(uint64_t offset, uint64_t length) {
  while (length > 0) {
    entry.offset = offset;
    entry.length = length < piece_max ? length : piece_max;
    memset(entry.bytes, 0, entry.length);
    call(SYS_pread64, disk, (long)entry.bytes, (long)entry.length, (long)offset, 0, 0);
    call(SYS_write, undo, (long)&entry, (long)(16 + entry.length), 0, 0, 0);
    offset += entry.length;
    length -= entry.length;
  }
}

// What was written until now stays. A disk takes its time for that, and the power may go meanwhile.
static void flushed(void) {
  const struct timespec while_it_writes = {0, 1000000};
  call(SYS_nanosleep, (long)&while_it_writes, 0, 0, 0, 0, 0);
  call(SYS_ftruncate, undo, 0, 0, 0, 0, 0);
  call(SYS_write, flushes, (long)"", 1, 0, 0, 0);
}

static int is_flush(void* address) {
  struct request request;
  struct iovec here = {&request, sizeof request}, there = {address, sizeof request};
  if (call(SYS_process_vm_readv, call(SYS_getpid, 0, 0, 0, 0, 0, 0), (long)&here, 1, (long)&there, 1, 0) != (long)sizeof request) return 0;
  return request.fds[0] == disk && request.fds[1] == disk && request.sector_size == 512 && request.pieces == 0;
}

static int opened(const char* path, int fd, int flags) {
  if (undo >= 0 && fd >= 0 && (flags & O_ACCMODE) == O_RDWR && !strcmp(path, disk_path)) disk = fd;
  return fd;
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = va_arg(more, int);
  va_end(more);
  return opened(path, next_open(path, flags, mode), flags);
}

ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t offset) {
  if (fd == disk && fd >= 0) remember((uint64_t)offset, length);
  return next_pwrite(fd, bytes, length, offset);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  if (fd == disk && fd >= 0) remember((uint64_t)offset, (uint64_t)length);
  return next_fallocate(fd, mode, offset, length);
}

// Requests come to the disk's thread as addresses. All writes that the flush is to make durable have been answered, so were made, before.
ssize_t read(int fd, void* bytes, size_t length) {
  const ssize_t count = next_read(fd, bytes, length);
  if (disk < 0 || count <= 0 || count % (ssize_t)sizeof(void*) != 0 || call(SYS_getpid, 0, 0, 0, 0, 0, 0) == machine) return count;
  for (ssize_t i = 0; i < count / (ssize_t)sizeof(void*); ++i) {
    if (is_flush(((void**)bytes)[i])) flushed();
  }
  return count;
}

// The host does not lose power: its own syncs would only take time.
int fsync(int fd) { return fd == disk && fd >= 0 ? 0 : next_fsync(fd); }
int fdatasync(int fd) { return fd == disk && fd >= 0 ? 0 : next_fdatasync(fd); }
