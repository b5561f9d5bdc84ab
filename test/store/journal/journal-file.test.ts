import { expect, test } from "vitest";
import { JournalFile } from "../../../src/store/journal/journal-file.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const observer = { onStored: () => undefined, onFailed: () => undefined };

async function openFile(folder: string) {
  const { file, opened } = await JournalFile.open(folder, observer);
  return { file, seqs: opened.entries.map(({ seq }) => seq) };
}

function add(seq: number) {
  return { adds: [{ seq, row: `{"nth":${seq}}` }] };
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("the journal's file stores changes in the order of their calls, and answers in that order", async () => {
  await using folder = await makeTempFolder();
  const { file } = await openFile(folder.path);
  const stored: number[] = [];
  const changes: Promise<unknown>[] = [];
  let seq = 0;
  // Each round is a message of its own, and the first is more than one.
  for (const count of [120, 1, 1, 60, 1]) {
    for (let n = 0; n < count; n += 1) {
      seq += 1;
      const nth = seq;
      changes.push(file.change(add(nth)).then(() => stored.push(nth)));
    }
    await nextRound();
  }
  // Needs the entry that the last of these changes adds.
  changes.push(file.change({ removes: [seq] }));
  await Promise.all(changes);
  const all = Array.from({ length: 183 }, (_, n) => n + 1);
  expect(stored).toEqual(all);
  expect(file.figures.syncs).toBeLessThan(changes.length);
  await file.close();

  const again = await openFile(folder.path);
  expect(again.seqs).toEqual(all.slice(0, -1));
  await again.file.close();
});

test("of a transaction that fails nothing is stored, and the next one is", async () => {
  await using folder = await makeTempFolder();
  const { file } = await openFile(folder.path);
  await file.change(add(1));
  const together = [file.change(add(2)), file.change(add(1))];
  for (const change of together) {
    await expect(change).rejects.toThrow(
      "journal.sqlite cannot be written: UNIQUE constraint failed",
    );
  }
  await file.change(add(3));
  await file.close();

  const again = await openFile(folder.path);
  expect(again.seqs).toEqual([1, 3]);
  await again.file.close();
});

test("the journal's file refuses changes while too many rows wait, and once it is closed", async () => {
  await using folder = await makeTempFolder();
  const { file } = await openFile(folder.path);
  const removes = Array.from({ length: 100_000 }, (_, n) => n + 1_000);
  const many = file.change({ removes });
  await expect(file.change(add(1))).rejects.toThrow("100000 rows wait for it; the limit is 100000");
  await many;
  const last = file.change(add(2));
  const closed = file.close();
  await expect(file.change(add(3))).rejects.toThrow(
    "journal.sqlite cannot be written: it is closed",
  );
  await Promise.all([last, closed]);

  const again = await openFile(folder.path);
  expect(again.seqs).toEqual([2]);
  await again.file.close();
});
