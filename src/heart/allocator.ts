/**
 * What the process asks of the C library's allocator, by the variables of glibc's mallopt(3); others ignore
 * them. By itself glibc raises both limits with the largest block that was ever freed, to 64 MiB: after the
 * reads of a start, and after many threads, its regions keep what is free in them for good. Rejected: the
 * defaults of 128 KiB, which save another 30 MiB with 60,000 resting agents and take more calls of the kernel.
 */

const LIMIT_BYTES = 4 * 1024 * 1024;

export const allocatorLimits = {
  /** Bytes that may stay free at the end of a region. */
  MALLOC_TRIM_THRESHOLD_: String(LIMIT_BYTES),
  /** Bytes from which a block is a mapping of its own. */
  MALLOC_MMAP_THRESHOLD_: String(LIMIT_BYTES),
};
