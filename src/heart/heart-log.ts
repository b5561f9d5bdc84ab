/** A line of the heart itself, on stderr. */
export function logLine(line: string): void {
  process.stderr.write(`troupe: ${line}\n`);
}
