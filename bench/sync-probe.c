/*
 * Preloaded into a process: counts every sync of a file, whichever library makes it, in the file named by
 * SYNC_COUNT, and makes each as many microseconds slower as SYNC_DELAY_US says.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static atomic_ulong *count;
static useconds_t delay_us;

__attribute__((constructor)) static void start(void) {
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  const char *delay = getenv("SYNC_DELAY_US");
  if (delay != NULL) delay_us = (useconds_t)atol(delay);
  const char *path = getenv("SYNC_COUNT");
  int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (ftruncate(fd, sizeof *count) == 0) {
    void *mapped = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) count = mapped;
  }
  close(fd);
}

static void note(void) {
  if (count != NULL) atomic_fetch_add(count, 1);
  if (delay_us > 0) usleep(delay_us);
}

int fsync(int fd) {
  note();
  return real_fsync(fd);
}

int fdatasync(int fd) {
  note();
  return real_fdatasync(fd);
}
