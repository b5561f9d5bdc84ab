import { expect, test } from "vitest";
import { SettingReport } from "../../src/settings/setting-report.ts";

function fileOf(values: Readonly<Record<string, string>>) {
  return { values, idleLines: [], openQuotes: [] };
}

test.each([
  "\ufeff\ufeffTROUPE_POLL_MS",
  "set TROUPE_POLL_MS",
  "set -gx TROUPE_POLL_MS",
  "setenv TROUPE_POLL_MS",
  "--TROUPE_POLL_MS",
  "$env:TROUPE_POLL_MS",
  "$Env:troupe_poll_ms",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: PowerShell
  "${env:TROUPE_POLL_MS}",
  "troupe_poll_ms",
  "declare -x TROUPE_POLL_MS",
  "typeset -rx TROUPE_POLL_MS",
  "readonly TROUPE_POLL_MS",
  "setx TROUPE_POLL_MS",
  "ENV TROUPE_POLL_MS",
  "TROUPE-POLL-MS",
  "TROUPE POLL_MS",
  "troupe.poll.ms",
  "export troupe-poll-ms",
])("a file's name %j, which almost is a setting's, is not passed over", (name) => {
  const check = () =>
    new SettingReport(false).checkFileNames(fileOf({ [name]: "1000" }), "/a/.env");
  expect(check).toThrow(`${JSON.stringify(name)} in /a/.env is not a setting`);
  expect(check).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ nearest: "TROUPE_POLL_MS" }) }),
  );
});

test.each([
  ["setenv TROUPE_TOKEN sec", '"setenv TROUPE_TOKEN…"'],
  ["TROUPE_TOKEN: sec", '"TROUPE_TOKEN…"'],
])("a name that has a part of a value with an = in it is refused without it: %j", (name, shown) => {
  const check = () => new SettingReport(false).checkFileNames(fileOf({ [name]: "ret" }), "/a/.env");
  expect(check).toThrow(`${shown} in /a/.env is not a setting; the nearest one is TROUPE_TOKEN`);
});

test.each([
  "-set ".repeat(200),
  `troupe.${"a_".repeat(200)}!`,
  `set troupe-${"a-a_a a.".repeat(50)}!`,
])("a long name of another program's is passed over immediately: %j", (name) => {
  const check = () => new SettingReport(false).checkFileNames(fileOf({ [name]: "1" }), "/a/.env");
  expect(check).not.toThrow();
});

test.each([
  ["TROUPE_PROT", "TROUPE_PORT"],
  ["TROUPE_DBB", "TROUPE_DB"],
  ["TROUPE_POLL", "TROUPE_POLL_MS"],
  ["TROUPE_RETENTION_HRS", "TROUPE_RETENTION_HOURS"],
  ["TROUPE_DB_BACKUP", undefined],
  ["TROUPE_X", undefined],
  ["TROUPE_", undefined],
])("the nearest setting to %s is %s", (name, nearest) => {
  const check = () => new SettingReport(false).checkNames({ [name]: "1" }, "the environment");
  const help =
    nearest === undefined ? "`troupe start --help` lists" : `the nearest one is ${nearest}`;
  expect(check).toThrow(`${name} in the environment is not a setting; ${help}`);
});

test("names that only have the word in them are of others", () => {
  const report = new SettingReport(false);
  const values = {
    MY_TROUPE_PORT: "x",
    troupe: "x",
    "troupe.actors": "x",
    TROUPE_PORT: "1",
  };
  report.checkFileNames(fileOf(values), "/a/.env");
  // Other programs may use small letters in the environment, which is everybody's.
  report.checkNames({ troupe_poll_ms: "x" }, "the environment");
  expect(report.warnings).toEqual([]);
});
