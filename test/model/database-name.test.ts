import { expect, test } from "vitest";
import { databaseName } from "../../src/model/database-name.ts";

test.each([
  ["s3://bucket/fleet/0001", "0001"],
  ["s3://bucket/fleet/", "fleet"],
  ["s3://bucket/db?region=eu#a/b", "db"],
  ["s3://bucket/my fleet (old)", "my_fleet__old_"],
  ["gs://bucket/a/../..", "a"],
  ["az://", "az_"],
  ["//..//", "remote"],
  ["", "remote"],
])("the files of %s are in a folder named %s", (location, name) => {
  expect(databaseName(location)).toBe(name);
});
