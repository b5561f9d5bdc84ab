/**
 * The Chromium that comes with the packages (`@sparticuz/chromium`: one headless shell and the
 * libraries that a bare Linux lacks, compressed), unpacked once into `build/`.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

export interface InstalledBrowser {
  readonly executablePath: string;
  /** What its process needs beside the environment. */
  readonly env: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

/**
 * Runs in a process of its own, because the package unpacks into the system's folder for temporary
 * files: there it would meet what another program, or another checkout, has left half done.
 */
const unpack = `
  import { inflate } from "@sparticuz/chromium";
  import { join } from "node:path";
  const archives = ["chromium.br", "fonts.tar.br", "al2023.tar.br"];
  await Promise.all(archives.map((name) => inflate(join(process.argv[1], name))));
`;

/** Resolves with the browser, unpacked. Several processes may ask at the same time. */
export async function bundledChromium(): Promise<InstalledBrowser> {
  const home = dirname(dirname(require.resolve("@sparticuz/chromium")));
  const { version } = JSON.parse(await readFile(join(home, "package.json"), "utf8")) as {
    readonly version: string;
  };
  const folder = resolve("build", `chromium-${version}`);
  if (!existsSync(folder)) await unpackInto(folder, join(home, "bin"));
  return {
    executablePath: join(folder, "chromium"),
    env: {
      LANG: "en_US.UTF-8", // in the C locale its pages have a language that Intl refuses
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  };
}

/** The folder appears whole or not at all. */
async function unpackInto(folder: string, archives: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    const args = ["--input-type=module", "--eval", unpack, archives];
    await promisify(execFile)(process.execPath, args, { env: { TMPDIR: draft } });
    // The one of the package names folders of the system's.
    await writeFile(join(draft, "fonts.conf"), fontsConf(folder));
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // another process was first
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function fontsConf(folder: string): string {
  return `<fontconfig><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "cache")}</cachedir></fontconfig>`;
}
