/**
 * CRC-32 as zlib, gzip and Python's `zlib.crc32` compute it. Pure.
 *
 * Rejected: `zlib.crc32` of Node, which Node 20 has only in its later versions, and browsers not at all.
 */

/** The polynomial of IEEE 802.3, its bits reversed. */
const POLYNOMIAL = 0xed_b8_83_20;

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => remainderOf(byte));

/** The checksum of the text's UTF-8 bytes, a whole number from 0 to 2³² - 1. */
export function crc32(text: string): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of new TextEncoder().encode(text)) {
    crc = (crc >>> 8) ^ (remainders[(crc ^ byte) & 0xff] ?? 0);
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}

function remainderOf(byte: number): number {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    rest = (rest & 1) === 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  }
  return rest >>> 0;
}
