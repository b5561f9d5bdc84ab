/** Rooms, and who depends on whom: what the parsed imports add up to. */

import type { SourceFile, SourceImport } from "./tool-source.ts";

/** `src/queue/order.ts` lies in `queue`; a file in the root of `src/` is a room of its own. */
export function roomOf(file: SourceFile): string {
  return roomOfPath(file.path);
}

function roomOfPath(path: string): string {
  return path.split("/")[1] ?? path;
}

/** What an import leads to, as the table names it: a room, a package, a built-in module. */
export function placeOf({ target, isOwn }: SourceImport): string | null {
  if (target === null) return null;
  if (isOwn) return target.startsWith("baml_client/") ? "baml_client/" : roomOfPath(target);
  const parts = target.split("/");
  return target.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? target);
}

/** Which rooms each room depends on while the program runs. */
export function roomGraph(
  sources: readonly SourceFile[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of sources) {
    const next = graph.get(roomOf(file)) ?? new Set();
    graph.set(roomOf(file), next);
    for (const found of file.imports) {
      const place = placeOf(found);
      if (found.isOwn && found.kind !== "type" && place !== null) next.add(place);
    }
  }
  return graph;
}

/** Which files each file imports, for types too. */
export function fileGraph(
  sources: readonly SourceFile[],
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    sources.map((file) => [
      file.path,
      new Set(file.imports.flatMap(({ isOwn, target }) => (isOwn && target ? [target] : []))),
    ]),
  );
}

/** Our own files and the packages that `entry` loads, before it runs and later. */
export function reachedFrom(
  sources: readonly SourceFile[],
  entry: string,
): { files: readonly string[]; packages: ReadonlySet<string> } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const path of files) {
    const imports = sources.find((file) => file.path === path)?.imports ?? [];
    for (const found of imports) {
      if (found.kind === "type" || found.target === null) continue;
      if (found.isOwn) files.add(found.target);
      else if (!found.target.startsWith("node:")) packages.add(placeOf(found) ?? found.target);
    }
  }
  return { files: [...files], packages };
}

/** The rooms or files of one circle in order, or nothing. */
export function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const done = new Set<string>();
  const walk = (room: string, way: readonly string[]): readonly string[] => {
    const at = way.indexOf(room);
    if (at !== -1) return [...way.slice(at), room];
    if (done.has(room)) return [];
    for (const next of graph.get(room) ?? []) {
      const circle = next === room ? [] : walk(next, [...way, room]);
      if (circle.length > 0) return circle;
    }
    done.add(room);
    return [];
  };
  return [...graph.keys()].map((room) => walk(room, [])).find((circle) => circle.length > 0) ?? [];
}
