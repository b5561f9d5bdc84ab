/** The config schema of an agent's type, whatever library it comes from. */

import { expect, test } from "vitest";
import { parseConfig } from "../../src/actor/agent-config.ts";
import type { StandardSchema } from "../../src/agents/define-agent.ts";

const positive: StandardSchema<{ n: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: async (value) => {
      const { n } = value as { n?: unknown };
      if (typeof n === "number") return { value: { n: n * 2 } };
      return {
        issues: [{ message: "must be a number", path: [{ key: "n" }, 0] }, { message: "no" }],
      };
    },
  },
};

test("without a schema the settings are unchanged", async () => {
  const input = { n: 1 };
  await expect(parseConfig({ type: "t" }, input)).resolves.toBe(input);
});

test("a Standard Schema parses, even if it is asynchronous", async () => {
  await expect(parseConfig({ type: "t", config: positive }, { n: 2 })).resolves.toEqual({ n: 4 });
});

test("a Standard Schema that is a function is used as a schema", async () => {
  const config = Object.assign(() => ({ n: -1 }), positive);
  await expect(parseConfig({ type: "t", config }, { n: 2 })).resolves.toEqual({ n: 4 });
});

test("the issues of a Standard Schema are reported with their paths", async () => {
  await expect(parseConfig({ type: "t", config: positive }, {})).rejects.toMatchObject({
    code: "AGENT_CONFIG_INVALID",
    message: "config of agent type t: n.0: must be a number; no",
  });
});

test("a function parses, and its error is the reason", async () => {
  const config = ({ n }: Readonly<Record<string, unknown>>) => {
    if (n !== 1) throw new Error("n must be 1");
    return { n };
  };
  await expect(parseConfig({ type: "t", config }, { n: 1 })).resolves.toEqual({ n: 1 });
  await expect(parseConfig({ type: "t", config }, { n: 2 })).rejects.toMatchObject({
    code: "AGENT_CONFIG_INVALID",
    message: "config of agent type t: n must be 1",
  });
});

test("an issue is reported without the secrets of the config", async () => {
  const jsonSchema = { input: () => ({ properties: { key: { format: "password" } } }) };
  const validate = (value: unknown) => ({
    issues: [{ message: `must be shorter (was ${JSON.stringify(value)})` }],
  });
  const standard = { "~standard": { version: 1, vendor: "t", validate, jsonSchema } } as const;
  const parse = Object.assign(
    (input: Readonly<Record<string, unknown>>) => {
      throw new Error(`${input["region"]} does not take ${input["key"]}`);
    },
    { toJSONSchema: jsonSchema.input },
  );
  const input = { key: "sk-very-secret", region: "eu" };
  await expect(parseConfig({ type: "t", config: standard }, input)).rejects.toMatchObject({
    message: 'config of agent type t: must be shorter (was {"key":"********","region":"eu"})',
  });
  await expect(parseConfig({ type: "t", config: parse }, input)).rejects.toMatchObject({
    message: "config of agent type t: eu does not take ********",
  });
});
