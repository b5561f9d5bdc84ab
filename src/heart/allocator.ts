/**
 * What the process asks of the C library's allocator, by glibc's tunables (manual, "Memory Allocation
 * Tunables"); other C libraries ignore them. By itself glibc raises both limits with the largest block that was
 * ever freed, to 64 MiB: after the reads of a start, and after many threads, its regions keep what is free in
 * them for good. Fixed limits make each larger block a new mapping, so such mappings are of huge pages where the
 * kernel grants them on request: with small ones alone, rows of 8 MB take three times as long to read.
 * Rejected: limits of 128 KiB, which save another 30 MiB with 60,000 resting agents and fault in half as many
 * pages again at a start.
 */

const LIMIT_BYTES = 4 * 1024 * 1024;

const tunables = [
  "glibc.malloc.hugetlb=1",
  // Bytes that may stay free at the end of a region.
  `glibc.malloc.trim_threshold=${LIMIT_BYTES}`,
  // Blocks of at least so many bytes get their own mapping.
  `glibc.malloc.mmap_threshold=${LIMIT_BYTES}`,
];

/** Defaults: tunables that the environment already sets take precedence. */
export const allocatorSettings = { GLIBC_TUNABLES: tunables.join(":") };
