/** A stack without the lines of Troupe's own code, which say nothing to the author of an agent. Pure. */

export interface OwnStack {
  readonly shown: string;
  /** Lines that are left out. */
  readonly hidden: number;
}

/** The sources of an agent's thread, the file that is built from them, and Node's own code. */
const foreign =
  /(?:[\\/]src[\\/](?:actor|boundary)[\\/][\w-]+\.ts|[\\/]dist[\\/]thread\.cjs|node:internal)/;
const frame = /^\s+at /;

/** The whole stack if all of its lines are Troupe's. */
export function ownStack(stack: string): OwnStack {
  const lines = stack.split("\n");
  const shown = lines.filter((line) => !(frame.test(line) && foreign.test(line)));
  const hasOwn = shown.some((line) => frame.test(line));
  return hasOwn
    ? { shown: shown.join("\n"), hidden: lines.length - shown.length }
    : { shown: stack, hidden: 0 };
}
