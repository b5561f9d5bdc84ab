/**
 * The code of agents' threads, read once: all threads of a process run the same, also if the build replaces
 * the file meanwhile, which V8 would not notice in a file of the same length.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedDataVersionTag } from "node:v8";
import { readCompiled } from "../../boundary/compiled-code.ts";
import type { ThreadCode } from "../../boundary/protocol.ts";
import { agentApiEntry, threadEntry, threadStart } from "../../entry-points.ts";
import { TroupeError } from "../../model/errors.ts";

/** What each thread reads from the disk, with a module of a user's own. */
const neededFiles = [threadStart, agentApiEntry].map((url) => fileURLToPath(url));

export class ThreadCodeSource {
  readonly #folder: string;
  #code: ThreadCode | undefined;

  /** @param folder of V8's cache; need not exist */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** For a thread that is made now. */
  get(): ThreadCode {
    const code = this.#code ?? this.#read();
    if (code.compiled !== undefined) return code;
    const compiled = readCompiled(code.cacheFile);
    this.#code = { ...code, compiled: compiled && shared(compiled) };
    return this.#code;
  }

  /** Why no thread can be made now; undefined if one can. */
  findFault(): TroupeError | undefined {
    const path = neededFiles.find((file) => !existsSync(file));
    if (path === undefined) return undefined;
    const message = `${path} is missing, and agents get no threads until it is back; end Troupe before you replace its files`;
    return new TroupeError("PROGRAM_INCOMPLETE", message, { details: { path } });
  }

  #read(): ThreadCode {
    const file = fileURLToPath(threadEntry);
    const source = readFileSync(file);
    // The tag changes with V8, its flags and the processor.
    const hash = createHash("sha256").update(`${cachedDataVersionTag()} `).update(source);
    const name = `thread-${hash.digest("hex").slice(0, 16)}.cache`;
    return { file, source: shared(source), cacheFile: join(this.#folder, name) };
  }
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(memory).set(bytes);
  return memory;
}
