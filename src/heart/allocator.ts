/**
 * What the process asks of the C library's allocator, by the variables of glibc's mallopt(3); others ignore
 * them. By itself glibc raises both limits with the largest block that was ever freed, to 64 MiB: after the
 * reads of a start, and after many threads, its regions keep what is free in them for good.
 */

export const allocatorLimits = {
  /** Bytes that may stay free at the end of a region. */
  MALLOC_TRIM_THRESHOLD_: String(128 * 1024),
  /** Bytes from which a block is a mapping of its own, of which a process may have some 65,000. */
  MALLOC_MMAP_THRESHOLD_: String(1024 * 1024),
};
