/**
 * A process that compiles BAML files once and reports the result: a file that crashes the compiler, hangs
 * it or makes it take all memory ends this process and no other. The compiler runs in a thread, so that
 * the process can end itself meanwhile, also when its parent has died.
 *
 * Rejected: compiling in a thread of the pool, where a crash ends the program.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { messageOf } from "../../model/errors.ts";
import type { CompileJob, CompileReport } from "./compile-job.ts";
import type { BamlFiles } from "./declarations.ts";
import { renderTypes } from "./function-types.ts";
import { runtimeFiles } from "./runtime-files.ts";

/** Memory of the process, in bytes. */
const MEMORY_MAX = 1024 ** 3;
/** Milliseconds between two looks at what the compiler uses. */
const LOOK_MS = 50;

const GENERATOR = `generator types {
  output_type "typescript"
  output_dir ".."
  version "0.226.2"
  module_format "esm"
  default_client_mode "async"
}
`;

if (isMainThread) guard();
else parentPort?.postMessage(await compile(workerData as CompileJob));

function guard(): void {
  // `process.exit` would wait for the compiler.
  const end = () => process.kill(process.pid, "SIGKILL");
  const send = (report: CompileReport) => process.send?.(report, end);
  process.once("disconnect", end);
  // A terminal sends these to the whole group; the parent ends this process.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
  process.once("message", (job: CompileJob) => {
    const worker = new Worker(process.argv[1] ?? "", { workerData: job });
    worker.once("message", send);
    worker.once("error", ({ message }) => send({ kind: "failed", message }));
    setInterval(() => {
      const { user, system } = process.cpuUsage();
      if (process.memoryUsage.rss() > MEMORY_MAX) send({ kind: "too large" });
      else if ((user + system) / 1_000 > job.cpuMsMax) send({ kind: "too slow" });
    }, LOOK_MS);
  });
}

async function compile({ files, functions, folder }: CompileJob): Promise<CompileReport> {
  // Only here: the thread above need not load it.
  const { BamlRuntime, invoke_runtime_cli, setLogLevel } = await import("@boundaryml/baml");
  setLogLevel("off");
  const all = runtimeFiles(undefined, files);
  try {
    BamlRuntime.fromFiles(".", all, {});
  } catch (thrown) {
    return { kind: "broken", message: messageOf(thrown) };
  }
  const source = writeSources(all, folder);
  const code = invoke_runtime_cli(["baml-cli", "generate", "--from", source]);
  return code === 0
    ? { kind: "compiled", types: renderTypes(readGenerated(folder), functions) }
    : { kind: "compiled" };
}

/** BAML's generator reads and writes files: in a folder that the parent has made and removes. */
function writeSources(files: BamlFiles, folder: string): string {
  const source = join(folder, "baml_src");
  mkdirSync(source);
  // By number, because the paths of the sources may lead anywhere.
  for (const [index, text] of Object.values(files).entries()) {
    writeFileSync(join(source, `${index}.baml`), text);
  }
  writeFileSync(join(source, "generator.baml"), GENERATOR);
  return source;
}

function readGenerated(folder: string) {
  const read = (name: string) => readFileSync(join(folder, "baml_client", name), "utf8");
  return {
    client: read("async_client.ts"),
    types: read("types.ts"),
    partialTypes: read("partial_types.ts"),
  };
}
