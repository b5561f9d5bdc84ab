/** Views saved in a browser that has several tabs. */

import { expect, test } from "vitest";
import { withoutView, withSaved } from "../../src/dashboard/state/saved-views.ts";
import { ViewStorage } from "../../src/dashboard/state/view-storage.ts";
import { listQueryDefault } from "../../src/picture/list-query.ts";

function openBrowser() {
  const stored = new Map<string, string>();
  const browser = { isFull: false, openTab };
  function openTab() {
    const storage = new ViewStorage(() => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, text) => {
        if (browser.isFull) throw new Error("full");
        stored.set(key, text);
      },
    }));
    return {
      save: (name: string) => storage.change((views) => withSaved(views, name, listQueryDefault)),
      forget: (name: string) => storage.change((views) => withoutView(views, name)),
      names: () => storage.views.map(({ name }) => name),
    };
  }
  return browser;
}

test("a tab keeps the views that another one saves", () => {
  const { openTab } = openBrowser();
  const [one, other] = [openTab(), openTab()];
  expect([one.save("a"), other.save("b"), one.save("c")]).toEqual([null, null, null]);
  expect(other.names()).toEqual(["a", "b", "c"]);
  expect(one.forget("b")).toBeNull();
  expect(other.save("d")).toBeNull();
  expect(one.names()).toEqual(["a", "c", "d"]);
  expect(other.forget("b")).toBe("no saved view b");
});

test("views that cannot be stored stay with the page", () => {
  const browser = openBrowser();
  const tab = browser.openTab();
  browser.isFull = true;
  expect(tab.save("a")).toMatch(/stores nothing/);
  expect(tab.save("b")).toMatch(/stores nothing/);
  expect(tab.names()).toEqual(["a", "b"]);
  expect(browser.openTab().names()).toEqual([]);
  browser.isFull = false;
  expect(tab.save("c")).toBeNull();
  expect(browser.openTab().names()).toEqual(["a", "b", "c"]);
});

test("a browser that refuses its storage has views for the page alone", () => {
  const storage = new ViewStorage(() => {
    throw new Error("refused");
  });
  expect(storage.views).toEqual([]);
  storage.change((views) => withSaved(views, "a", listQueryDefault));
  expect(storage.views).toMatchObject([{ name: "a" }]);
});
