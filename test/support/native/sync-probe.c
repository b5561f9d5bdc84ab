/*
 * Preloaded into a process: observes the syncs of its files, whichever library makes them.
 *
 * SYNC_COUNT     file in which they are counted, 8 bytes
 * SYNC_DELAY_US  makes each so many microseconds slower
 * SYNC_WRITES    file that gets a line for each write to a file of SQLite and for each sync of one:
 *                W inode offset length, before it; B inode number and E inode number, around a sync
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static atomic_ulong *count;
static atomic_ulong syncs;
static useconds_t delay_us;
static int writes = -1;

__attribute__((constructor)) static void start(void) {
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  real_write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  real_pwrite = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  const char *delay = getenv("SYNC_DELAY_US");
  if (delay != NULL) delay_us = (useconds_t)atol(delay);
  const char *log = getenv("SYNC_WRITES");
  if (log != NULL) writes = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *path = getenv("SYNC_COUNT");
  int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (ftruncate(fd, sizeof *count) == 0) {
    void *mapped = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) count = mapped;
  }
  close(fd);
}

/* The inode of a file of SQLite; 0 for any other, and if nothing is noted. */
static unsigned long sqlite_inode(int fd) {
  char link[32], path[4096];
  struct stat found;
  if (writes < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, ".sqlite") != NULL && fstat(fd, &found) == 0 ? found.st_ino : 0;
}

/* One write for each line: lines of several threads do not mix. */
static void note(char kind, unsigned long inode, long a, long b) {
  char line[96];
  int length = snprintf(line, sizeof line, "%c %lu %ld %ld\n", kind, inode, a, b);
  syscall(SYS_write, writes, line, (size_t)length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  unsigned long inode = sqlite_inode(fd);
  if (inode != 0) note('W', inode, (long)offset, (long)length);
  return real_pwrite(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  unsigned long inode = sqlite_inode(fd);
  if (inode != 0) note('W', inode, (long)lseek(fd, 0, SEEK_CUR), (long)length);
  return real_write(fd, bytes, length);
}

static int observed(int (*sync)(int), int fd) {
  unsigned long inode = sqlite_inode(fd);
  long number = (long)atomic_fetch_add(&syncs, 1);
  if (count != NULL) atomic_fetch_add(count, 1);
  if (inode != 0) note('B', inode, number, 0);
  if (delay_us > 0) usleep(delay_us);
  int result = sync(fd);
  if (inode != 0 && result == 0) note('E', inode, number, 0);
  return result;
}

int fsync(int fd) { return observed(real_fsync, fd); }

int fdatasync(int fd) { return observed(real_fdatasync, fd); }
