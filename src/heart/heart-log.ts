/** One line of the heart's own, for whoever watches. */
export function logLine(line: string): void {
  process.stderr.write(`troupe: ${line}\n`);
}
