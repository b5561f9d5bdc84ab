/** The messages between the main process and the one that compiles. */

import type { BamlFiles } from "./declarations.ts";

export interface CompileJob {
  /** Own files; the process adds the built-in ones. */
  readonly files: BamlFiles;
  /** Names of own functions. */
  readonly functions: readonly string[];
  /** An empty folder for files of the generator. */
  readonly folder: string;
  /** Milliseconds of processor time. */
  readonly cpuMsMax: number;
}

export type CompileReport =
  /** Without types if the generator failed, which is not a fault of the files. */
  | { readonly kind: "compiled"; readonly types?: string }
  /** The message of BAML's compiler, with all its errors. */
  | { readonly kind: "broken"; readonly message: string }
  /** More memory or processor time than is allowed. */
  | { readonly kind: "too large" | "too slow" }
  /** Something else failed; not a fault of the files. */
  | { readonly kind: "failed"; readonly message: string };
