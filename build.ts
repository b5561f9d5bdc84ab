/**
 * The build: makes `dist/` from `src/`. The program and the library share chunks; each kind of thread loads a single file, so that it starts fast: loading the TypeScript
 * sources in each thread takes three times as long and twice the memory.
 * All code is flat in `dist/`, because src/entry-points.ts finds the threads' files next to itself.
 */

import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin, type RolldownOutput } from "rolldown";
import { dts } from "rolldown-plugin-dts";

/**
 * Packages that the program loads from node_modules: native ones, what shares objects with them, and
 * those that find files or threads next to their own. The others are bundled: of the 1,700 files that a
 * start would load, TypeBox alone has 700, and they would take a third of its time.
 */
const loadedPackages =
  /^(@lancedb\/lancedb|apache-arrow|@boundaryml\/baml|piscina|pino|pino-pretty|fastify|@fastify\/.*|prom-client)$/;

const program: BuildOptions = {
  input: {
    troupe: "src/troupe.ts",
    cli: "src/cli/cli.ts",
    heart: "src/heart/heart.ts",
    index: "src/index.ts",
    // Named for the library's CommonJS file, which loads it late.
    "open-queue": "src/fleet/open-queue.ts",
    // For benchmarks, which run the built program's parts in their own process.
    main: "src/main.ts",
  },
  platform: "node",
  external: [/^node:/, loadedPackages],
  output: {
    dir: "dist",
    entryFileNames: "[name].js",
    // Without a hash, so that the next build writes over it.
    chunkFileNames: "chunk-[name].js",
    sourcemap: true,
  },
};

interface SingleOptions {
  /** Packages that are not bundled, because they are native. */
  readonly packages?: readonly string[];
  readonly minify?: boolean;
  /** A CommonJS file, named `.cjs`: a thread that loads one costs 2 ms less than with a module. */
  readonly isCommonJs?: boolean;
}

/** The address of a CommonJS file, made once: the bundler would make it anew for each address relative to it. */
const moduleUrl = 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;';

/** One file with everything that it needs, except built-in modules and the named packages. */
function single(name: string, source: string, options: SingleOptions = {}): BuildOptions {
  const { packages = [], minify = false, isCommonJs = false } = options;
  return {
    input: { [name]: source },
    platform: "node",
    external: [/^node:/, ...packages],
    // Only by this field does Comlink name its build that can be tree-shaken.
    resolve: { mainFields: ["module", "main"] },
    ...(isCommonJs && { transform: { define: { "import.meta.url": "moduleUrl" } } }),
    output: {
      dir: "dist",
      format: isCommonJs ? "cjs" : "esm",
      entryFileNames: isCommonJs ? "[name].cjs" : "[name].js",
      codeSplitting: false,
      sourcemap: true,
      minify,
      charset: "ascii",
      ...(isCommonJs && { banner: moduleUrl }),
    },
  };
}

/**
 * The library for `require`. Everything with a database stays in the module that the program loads, too:
 * there is one copy of it in a process, whichever way the library was loaded.
 */
const required: BuildOptions = {
  ...single("index", "src/index.ts", { isCommonJs: true }),
  plugins: [redirected({ "./fleet/open-queue.ts": "./open-queue.js" })],
};

function redirected(files: Readonly<Record<string, string>>): Plugin {
  return {
    name: "redirected",
    resolveId: (source) => {
      const id = files[source];
      return id === undefined ? undefined : { id, external: true };
    },
  };
}

/**
 * One file of types, from the many that the compiler wrote: what is not reachable through the library is
 * left out.
 */
function types(name: string): BuildOptions {
  // The generator writes nothing here, but the default one needs a tsconfig.json.
  const bundled = dts({ dtsInput: true, generator: "oxc", tsconfig: false });
  return {
    input: { [name]: `build/types/${name}.d.ts` },
    external: /^[^./]/,
    plugins: [compilerTypes(), bundled],
    checks: { bundlerTimings: false },
    output: { dir: "dist", entryFileNames: "[name].ts", codeSplitting: false },
  };
}

/** Finds the files that the compiler's types name by their sources, and BAML's. */
function compilerTypes(): Plugin {
  return {
    name: "compiler-types",
    resolveId: (source, importer) => {
      if (source.endsWith("baml_client/by-name.js")) return resolve("baml_client/by-name.d.ts");
      const isSource = source.startsWith(".") && source.endsWith(".ts");
      if (!isSource || source.endsWith(".d.ts") || importer === undefined) return undefined;
      return resolve(importer, "..", source.replace(/\.ts$/, ".d.ts"));
    },
  };
}

/** The types for `require`: those of the module, so that a program has each of them once. */
const requiredTypes = `import type * as troupe from "./index.js" with { "resolution-mode": "import" };

export type * from "./index.js" with { "resolution-mode": "import" };
export declare const connect: typeof troupe.connect;
export declare const defineAgent: typeof troupe.defineAgent;
export declare const openQueue: typeof troupe.openQueue;
export declare const TroupeError: typeof troupe.TroupeError;
export type TroupeError = troupe.TroupeError;
export declare const UnknownOutcome: typeof troupe.UnknownOutcome;
export type UnknownOutcome = troupe.UnknownOutcome;
`;

const page = "src/dashboard/";
const styles = [
  "node_modules/uplot/dist/uPlot.min.css",
  ...["base", "frame", "list", "agent", "transcript", "context"].map(
    (name) => `${page}style/${name}.css`,
  ),
  ...["trace", "trouble", "palette", "timeline", "inside", "forced", "print"].map(
    (name) => `${page}style/${name}.css`,
  ),
];

/**
 * The dashboard: `dist/dashboard/index.html` and its files under `assets/`, named by their content.
 * Files of an earlier build are removed at the end: an open page that needs another part says that it must
 * be loaded again.
 */
async function buildPage(): Promise<RolldownOutput> {
  const built = await build({
    input: `${page}dashboard.tsx`,
    platform: "browser",
    tsconfig: `${page}tsconfig.json`,
    // Parts that are loaded when they are first shown import the page's own file, so the bundler names it.
    output: {
      minify: true,
      entryFileNames: "page-[hash:12].js",
      // The server knows no file with a dot or a capital letter in its name.
      chunkFileNames: ({ name }) => `${/^[a-z-]+$/.test(name) ? name : "chart"}-[hash:12].js`,
      // One file of all that the page and its later parts need: each file costs a kilobyte of headers.
      codeSplitting: { groups: [{ name: "shared", tags: ["$initial"], minShareCount: 2 }] },
    },
    write: false,
  });
  const { output } = built;
  const css = await Promise.all(styles.map((path) => readFile(path, "utf8")));
  const assets: Readonly<Record<string, string>> = {
    "page.css": withoutComments(css.join("\n")),
    "icon.svg": await readFile(`${page}icon.svg`, "utf8"),
  };
  await mkdir("dist/dashboard/assets", { recursive: true });
  let html = await readFile(`${page}index.html`, "utf8");
  const names = new Set<string>();
  for (const [name, text] of Object.entries(assets)) {
    const hash = createHash("sha256").update(text).digest("base64url").slice(0, 12);
    const hashed = name.replace(".", `-${hash}.`);
    await writeAsset(hashed, text, names);
    html = html.replace(`{{${name}}}`, `assets/${hashed}`);
  }
  const [entry] = output;
  html = html.replace("{{page.js}}", `assets/${entry.fileName}`);
  // Asked for at once, not when the browser has read the file that imports it.
  html = html.replace("{{shared.js}}", `assets/${entry.imports.join()}`);
  for (const chunk of output) {
    if (chunk.type === "chunk") await writeAsset(chunk.fileName, chunk.code, names);
  }
  await writeFile("dist/dashboard/index.html", html);
  const earlier = (await readdir("dist/dashboard/assets")).filter((name) => !names.has(name));
  await Promise.all(earlier.map((name) => rm(`dist/dashboard/assets/${name}`)));
  return built;
}

/** Largest compressed size of a file of the page, in bytes: it must open fast on a slow connection. */
const ASSET_BYTES_MAX = 60_000;

/** The file, and its compressed forms for browsers that accept them. */
async function writeAsset(name: string, text: string, names: Set<string>): Promise<void> {
  const path = `dist/dashboard/assets/${name}`;
  await writeFile(path, text);
  const compressed = brotliCompressSync(text);
  if (compressed.length > ASSET_BYTES_MAX) {
    throw new Error(`${name} has ${compressed.length} bytes compressed, of ${ASSET_BYTES_MAX}`);
  }
  await writeFile(`${path}.br`, compressed);
  await writeFile(`${path}.gz`, gzipSync(text, { level: 9 }));
  for (const ending of ["", ".br", ".gz"]) names.add(`${name}${ending}`);
}

function withoutComments(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\n\s*/g, "\n");
}

/** Writes `dist/licenses.txt`: the licence of each package that is in the bundles, as most require. */
async function writeLicenses(outputs: readonly RolldownOutput[]): Promise<void> {
  const folders = new Set<string>();
  for (const { output } of outputs) {
    for (const chunk of output) {
      if (chunk.type === "chunk") for (const id of chunk.moduleIds) folders.add(packageFolder(id));
    }
  }
  folders.delete("");
  const texts = await Promise.all([...folders].sort((a, b) => a.localeCompare(b)).map(readLicense));
  await writeFile("dist/licenses.txt", texts.join(`\n${"-".repeat(80)}\n\n`));
}

/** The folder of the package that a bundled file is from; empty for a file of our own. */
function packageFolder(moduleId: string): string {
  return /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(moduleId)?.[0] ?? "";
}

async function readLicense(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file === undefined ? "" : `\n${(await readFile(`${folder}/${file}`, "utf8")).trim()}\n`;
  return `${name} ${version}, ${license}\n${text}`;
}

// Overwrites files and never empties the folder: a program may be running from it.
const outputs = await build([
  program,
  // Minified, each of a thousand threads takes half a MiB less.
  single("thread", "src/actor/thread.ts", { minify: true, isCommonJs: true }),
  single("start-thread", "src/actor/start-thread.ts", { minify: true, isCommonJs: true }),
  single("llm-worker", "src/llm/worker.ts", { packages: ["@boundaryml/baml", "piscina"] }),
  single("compile-process", "src/llm/prompts/compile-process.ts", {
    packages: ["@boundaryml/baml"],
  }),
  single("inspect-thread", "src/actor/inspect-thread.ts"),
  single("inspector-thread", "src/supervisor/inside/inspector-thread.ts"),
  single("journal-thread", "src/store/journal/journal-thread.ts"),
  single("shut-doors", "src/actor/shut-doors.ts", { minify: true, isCommonJs: true }),
  single("define-agent", "src/agents/define-agent.ts"),
  required,
]);
await build([types("index"), types("main")]);
await writeFile("dist/index.d.cts", requiredTypes);
await writeLicenses([...outputs, await buildPage()]);
await chmod("dist/troupe.js", 0o755);
