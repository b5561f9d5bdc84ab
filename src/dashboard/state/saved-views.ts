/** Views that somebody has saved in this browser, as text and as values. Pure. */

import { type ListQuery, queryOfWords, wordsOfQuery } from "../../picture/list-query.ts";
import { findView, type NamedView, standardViews } from "../../picture/standard-views.ts";

export const VIEWS_MAX = 30;
/** In characters. */
export const VIEW_NAME_MAX = 40;

export type ChangedViews =
  | { readonly isOk: true; readonly views: readonly NamedView[] }
  | { readonly isOk: false; readonly error: string };

/** What cannot be read is left out: another version of the page may have written it. */
export function parseViews(text: string | null): readonly NamedView[] {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.flatMap(parseView).slice(0, VIEWS_MAX) : [];
}

export function viewsText(views: readonly NamedView[]): string {
  return JSON.stringify(views.map(({ name, query }) => ({ name, address: addressOf(query) })));
}

/** The words of the list's address. */
function addressOf(query: ListQuery): string {
  return new URLSearchParams(wordsOfQuery(query).map(([word, value]) => [word, value])).toString();
}

function parseView(value: unknown): readonly NamedView[] {
  if (typeof value !== "object" || value === null) return [];
  const { name, address } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || name === "" || typeof address !== "string") return [];
  const query = queryOfWords(new URLSearchParams(address));
  return [{ name: name.slice(0, VIEW_NAME_MAX), query }];
}

/** A view of the same name is replaced. */
export function withSaved(
  views: readonly NamedView[],
  name: string,
  query: ListQuery,
): ChangedViews {
  const trimmed = name.trim();
  if (trimmed.length > VIEW_NAME_MAX) {
    return refused(`a name has at most ${VIEW_NAME_MAX} characters, got ${trimmed.length}`);
  }
  if (findView(standardViews, trimmed) !== undefined) {
    return refused(`${trimmed} is the name of a view that everybody has`);
  }
  const others = views.filter((view) => view !== findView(views, trimmed));
  if (others.length >= VIEWS_MAX) return refused(`at most ${VIEWS_MAX} views can be saved`);
  return { isOk: true, views: [...others, { name: trimmed, query }] };
}

export function withoutView(views: readonly NamedView[], name: string): ChangedViews {
  const found = findView(views, name);
  if (found === undefined) return refused(`no saved view ${name}`);
  return { isOk: true, views: views.filter((view) => view !== found) };
}

/** The view that shows this query. */
export function viewOf(views: readonly NamedView[], query: ListQuery): NamedView | undefined {
  const address = addressOf(query);
  return views.find((view) => addressOf(view.query) === address);
}

function refused(error: string): ChangedViews {
  return { isOk: false, error };
}
