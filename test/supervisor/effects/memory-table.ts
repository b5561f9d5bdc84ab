/** The table of effects of a process that may die: the disk is an array. */

import { type EffectRow, furthest } from "../../../src/model/effect.ts";
import { EVERY_TURN } from "../../../src/model/effect-states.ts";
import type { WholeStepRow } from "../../../src/model/step.ts";

/** What is left when the process dies. */
export class Disk {
  readonly effects: EffectRow[] = [];
  readonly steps: WholeStepRow[] = [];
}

interface Dying {
  /** Never resolves once the process is dead. */
  wait(): Promise<void>;
}

/** Kept rows are durable when the caller is told; noted ones with the next flush. Reads see all. */
export class MemoryTable {
  readonly #process: Dying;
  readonly #disk: EffectRow[];
  #unwritten: EffectRow[] = [];
  readonly reads = {
    find: (id: string) => this.#find(id),
    findTurn: (_: string, turn: number) => this.#findTurn(turn),
    findKey: (_: string, key: string) => this.#findKey(key),
  };

  constructor(process: Dying, { disk }: { readonly disk: Disk }) {
    this.#process = process;
    this.#disk = disk.effects;
  }

  async keep(row: EffectRow): Promise<void> {
    this.#unwritten.push(row);
    await this.#process.wait();
    this.#disk.push(row);
    await this.#process.wait();
  }

  note(row: EffectRow): void {
    this.#unwritten.push(row);
  }

  flush(): void {
    this.#disk.push(...this.#unwritten);
    this.#unwritten = [];
  }

  async findInTable(id: string) {
    return await this.#find(id);
  }

  async #find(id: string) {
    return (await this.#read()).find(({ effect_id }) => effect_id === id);
  }

  async #findTurn(turn: number) {
    return (await this.#read()).filter((row) => row.turn === turn);
  }

  async #findKey(key: string) {
    const all = await this.#read();
    return all.filter((row) => row.turn === EVERY_TURN && row.key === key);
  }

  async #read(): Promise<readonly EffectRow[]> {
    await this.#process.wait();
    return furthest([...this.#disk, ...this.#unwritten]);
  }
}
