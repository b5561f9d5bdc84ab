/**
 * Power cuts under load: the program is stopped at a random moment, its folder copied as a power cut could
 * have left it, and the program started on the copy, where everything that it had answered must be true.
 *
 * Needs no privileges: a module that is loaded into the program notes its syncs, and a small library notes
 * those of SQLite, if there is a C compiler. The database's folder exists before, so the first cut cannot
 * take all of it. A database that has lost something is not used again; any other one meets the next cut,
 * up to `LIVES_MAX`.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "troupe";
import { AnsweredActions } from "./answered-actions.ts";
import { chanceOf } from "./chance.ts";
import { checkAfterPowerCut, type Violation } from "./power-cut-check.ts";
import { LASTING, MORTALS, PowerCutLoad } from "./power-cut-load.ts";
import { Program } from "./program.ts";
import { buildSyncProbe, notedWrites } from "./sync-probe.ts";
import { makeTempFolder } from "./temp-folder.ts";
import { copyAfterPowerCut, type Damage, SyncedState } from "./unsynced-copy.ts";
import { until } from "./until.ts";

const agents = fileURLToPath(new URL("./agents", import.meta.url));
const syncLog = fileURLToPath(new URL("./sync-log.ts", import.meta.url));
/** Milliseconds of load before a cut: from the first to the second. */
const LOAD_MS = [200, 2_000] as const;
/** Chance that the program meets a second cut while it starts after one, and when at the latest. */
const CUT_IN_START = 0.2;
const START_MS_MAX = 1_500;
/** Power cuts that one database meets. */
const LIVES_MAX = 20;

export interface PowerCut extends Damage {
  /** Actions that were answered on this database until then. */
  readonly answered: number;
  /** Files and folders that the program synced itself since its start. */
  readonly syncs: number;
  /** Empty if nothing was lost, doubled or mixed up. */
  readonly violations: readonly Violation[];
}

export interface PowerCutOptions {
  readonly cuts: number;
  readonly seed: number;
  /** Ends with the first cut that finds a violation. */
  readonly isEndedByViolation?: boolean;
  /** Copies keep everything, as after `kill -9`, so that a violation has another cause than the disk. */
  readonly isGentle?: boolean;
  readonly onCut?: (cut: PowerCut) => void;
}

export async function runPowerCuts(options: PowerCutOptions): Promise<readonly PowerCut[]> {
  const { cuts, seed, isEndedByViolation = false, isGentle = false, onCut } = options;
  const chance = chanceOf(seed);
  const found: PowerCut[] = [];
  while (found.length < cuts) {
    await using fleet = await DoomedFleet.make(chance, isGentle);
    for (let life = 0; life < LIVES_MAX && found.length < cuts; life += 1) {
      const cut = await fleet.live();
      found.push(cut);
      onCut?.(cut);
      if (cut.violations.length > 0) break;
    }
    if (isEndedByViolation && (found.at(-1)?.violations.length ?? 0) > 0) break;
  }
  return found;
}

/** One database, from one power cut to the next. */
class DoomedFleet implements AsyncDisposable {
  readonly #folder: string;
  readonly #chance: () => number;
  readonly #isGentle: boolean;
  readonly #opened: AsyncDisposableStack;
  readonly #answered = new AnsweredActions([...LASTING, ...MORTALS]);
  /** Notes what SQLite writes; undefined if this machine cannot make it. */
  readonly #probe: string | undefined;
  /** Number of the database's present copy. */
  #copies = 0;
  /** The program, which serves and is checked. */
  #program: Program;

  private constructor(
    folder: string,
    chance: () => number,
    isGentle: boolean,
    opened: AsyncDisposableStack,
  ) {
    this.#folder = folder;
    this.#isGentle = isGentle;
    this.#probe = buildSyncProbe(folder);
    this.#chance = chance;
    this.#opened = opened;
    this.#program = this.#start();
  }

  static async make(chance: () => number, isGentle: boolean): Promise<DoomedFleet> {
    await using opened = new AsyncDisposableStack();
    const { path } = opened.use(await makeTempFolder());
    await mkdir(join(path, "life0"));
    return new DoomedFleet(path, chance, isGentle, opened.move());
  }

  /** Load, a power cut, perhaps another one in the start that follows, a start, and the check. */
  async live(): Promise<PowerCut> {
    // In the first start of all the tables are made.
    if (this.#copies === 0) await this.#cutInStart();
    const load = new PowerCutLoad(await this.#address(), this.#answered);
    await load.begin(Math.floor(this.#chance() * 2 ** 31), this.#location);
    const [least, most] = LOAD_MS;
    await delay(least + this.#chance() * (most - least));
    await load.endForeign();
    const cut = await this.#cutPower();
    await load.end();
    this.#program = this.#start();
    const next = await this.#cutInStart();
    return {
      ...(next ?? cut),
      answered: this.#answered.byId.size,
      violations: await this.#check(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    await this.#opened[Symbol.asyncDispose]();
  }

  /** Perhaps cuts the power while the program starts, and starts it again. */
  async #cutInStart(): Promise<(Damage & { readonly syncs: number }) | undefined> {
    if (this.#chance() >= CUT_IN_START) return undefined;
    await delay(this.#chance() * START_MS_MAX);
    const cut = await this.#cutPower();
    this.#program = this.#start();
    return cut;
  }

  async #check(): Promise<readonly Violation[]> {
    const address = await this.#address().catch(String);
    if (!address.startsWith("http")) return [{ kind: "program does not start", text: address }];
    const answered = this.#answered;
    const load = new PowerCutLoad(address, answered);
    return await checkAfterPowerCut({ client: connect(address), load, answered });
  }

  /** Ends the program; its database is the copy from then on. */
  async #cutPower(): Promise<Damage & { readonly syncs: number }> {
    const source = this.#location;
    if (!this.#program.isAlive) throw new Error(`it ended before the cut: ${this.#program.output}`);
    await freeze(this.#program.pid);
    const syncs = this.#synced.addLog(this.#log);
    this.#synced.addWrites(this.#writes);
    this.#copies += 1;
    const synced = this.#isGentle ? SyncedState.of(source) : this.#synced;
    const chance = this.#chance;
    const damage = copyAfterPowerCut({ source, target: this.#location, synced, chance });
    await this.#program[Symbol.asyncDispose]();
    await rm(source, { recursive: true });
    return { ...damage, syncs };
  }

  #synced = new SyncedState();

  #start(): Program {
    this.#synced = SyncedState.of(this.#location);
    // It may be stopped before it has loaded anything.
    writeFileSync(this.#log, "");
    writeFileSync(this.#writes, "");
    const probe = this.#probe === undefined ? {} : notedWrites(this.#probe, this.#writes);
    return new Program({
      cwd: this.#folder,
      env: {
        TROUPE_DB: this.#location,
        TROUPE_AGENTS: agents,
        TROUPE_LLM: "offline",
        TROUPE_LOG: "error",
        NODE_OPTIONS: `--import ${syncLog}`,
        SYNC_LOG: this.#log,
        ...probe,
      },
    });
  }

  async #address(): Promise<string> {
    const line = await this.#program.line(/^Troupe serves at /);
    return line.slice(line.indexOf("http"));
  }

  get #location(): string {
    return join(this.#folder, `life${this.#copies}`);
  }

  get #writes(): string {
    return `${this.#location}.writes`;
  }

  get #log(): string {
    return `${this.#location}.syncs`;
  }
}

/** Resolves once no thread of the process runs. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const threads = `/proc/${pid}/task`;
  const isStopped = (thread: string) =>
    / T /.test(readFileSync(`${threads}/${thread}/stat`, "utf8").split(")").at(-1) ?? "");
  await until(() => readdirSync(threads).every(isStopped));
}
