/** Prints the limits of its C library's allocator, and ends. */

const { MALLOC_TRIM_THRESHOLD_: trim, MALLOC_MMAP_THRESHOLD_: mmap } = process.env;
console.log(`trim ${trim}, mmap ${mmap}`);
