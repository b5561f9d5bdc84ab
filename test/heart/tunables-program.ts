/** Prints what its C library's allocator is asked for, and ends. */

console.log(process.env["GLIBC_TUNABLES"]);
