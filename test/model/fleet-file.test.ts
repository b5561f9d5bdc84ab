/** `fleet.json`: what is taken, and what is refused with the name of the field. */

import { expect, test } from "vitest";
import { parseFleetFile } from "../../src/model/fleet-file.ts";

const parse = (file: unknown) => parseFleetFile(JSON.stringify(file));

test("a template is an address for each shard", () => {
  expect(parse({ shards: 3, address: "http://troupe-{shard}.troupe:7878" })).toEqual({
    shards: 3,
    addresses: [
      "http://troupe-0.troupe:7878",
      "http://troupe-1.troupe:7878",
      "http://troupe-2.troupe:7878",
    ],
  });
});

test("addresses can be listed, or left out", () => {
  const addresses = ["http://10.0.0.1:7878", "https://two.example.com/troupe"];
  expect(parse({ shards: 2, addresses })).toEqual({ shards: 2, addresses });
  expect(parse({ shards: 4_096 })).toEqual({ shards: 4_096, addresses: undefined });
});

test.each([
  ["[]", /must be a JSON object/],
  ["{", /must be a JSON object/],
  ['{"shard": 8}', /has no field "shard"; its fields are shards, address, addresses/],
  ['{"shards": 2, "shards": 8}', /^the file must have the name "shards" only once$/],
  ["{}", /shards must be a whole number from 1 to 4096, got nothing/],
  ['{"shards": 0}', /got 0/],
  ['{"shards": 4097}', /got 4097/],
  ['{"shards": "8"}', /got "8"/],
  [
    '{"shards": 2, "address": "http://troupe:7878"}',
    /with {shard} in it.*got "http:\/\/troupe:7878"/,
  ],
  ['{"shards": 2, "address": "troupe-{shard}:7878"}', /address must be an http or https URL/],
  ['{"shards": 2, "address": "http://{shard}/?token=x"}', /address must be an http or https URL/],
  ['{"shards": 2, "addresses": ["http://one"]}', /list of 2 URLs, one for each shard, got 1/],
  ['{"shards": 1, "addresses": "http://one"}', /list of 1 URLs/],
  ['{"shards": 1, "addresses": ["xhttp://one"]}', /addresses\.0 must be/],
  ['{"shards": 2, "addresses": ["http://one", "http://a@two"]}', /addresses\.1 must be/],
  ['{"shards": 1, "address": "http://{shard}", "addresses": ["http://one"]}', /not both/],
])("%s is refused", (text, problem) => {
  expect(parseFleetFile(text)).toEqual({ problem: expect.stringMatching(problem) });
});
