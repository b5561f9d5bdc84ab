/** One model of `models.json`, as it is written there. */

import Type from "typebox";
import { Compile } from "typebox/compile";
import { MODEL_CHARS_MAX } from "./limits.ts";
import { ModelOptions } from "./model-options.ts";
import { faultOf } from "./schema-fault.ts";
import type { StaticOf } from "./schema-parts.ts";
import { patternOf } from "./schema-words.ts";

/** Names of models: also in an agent's config and in the options of a call. */
const MODEL_NAME_PATTERN = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$";
/** The same as words. */
const MODEL_NAME_FORM = "1 to 64 characters of A-Z a-z 0-9 . _ - that starts with a letter";
export const ModelName = Type.String(patternOf(MODEL_NAME_PATTERN, MODEL_NAME_FORM));
const Rate = Type.Number({ exclusiveMinimum: 0, maximum: 1e9 });
const Price = Type.Number({ minimum: 0, maximum: 1e6 });

export type NamedModel = StaticOf<typeof NamedModel>;
const NamedModel = Type.Object(
  {
    provider: Type.String({ minLength: 1, maxLength: 64 }),
    /** The provider's name of the model; left out: the provider's default. */
    model: Type.Optional(
      Type.String({ ...patternOf("^\\S+$", "no spaces"), maxLength: MODEL_CHARS_MAX }),
    ),
    base_url: Type.Optional(
      Type.String(patternOf("^https?://\\S{1,2000}$", "a URL with http or https")),
    ),
    /** The name of the environment variable that holds the key. Never the key. */
    key: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
    /** Options of the request, such as `temperature`. */
    options: Type.Optional(ModelOptions),
    /** BAML functions that it answers unless something more specific names another model. */
    functions: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }))),
    /** Models to try, in this order, if this one is limited or fails. */
    fallback: Type.Optional(Type.Array(ModelName, { maxItems: 10 })),
    /** Requests and tokens that the provider grants a minute. */
    rpm: Type.Optional(Rate),
    tpm: Type.Optional(Rate),
    /** US dollars for a million tokens. */
    price: Type.Optional(
      Type.Object({ input: Price, output: Price }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);

/** Most models of one file. */
const MODELS_MAX = 100;

const validator = Compile(NamedModel);
const name = new RegExp(MODEL_NAME_PATTERN);

/** The models of a file by name, or why they are not valid. */
export function parseNamedModels(
  value: unknown,
): ReadonlyMap<string, NamedModel> | { readonly problem: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "must be an object with one entry for each model" };
  }
  const entries = Object.entries(value);
  if (entries.length > MODELS_MAX) {
    return { problem: `must have at most ${MODELS_MAX} models, got ${entries.length}` };
  }
  for (const [key, model] of entries) {
    if (!name.test(key)) {
      return {
        problem: `${JSON.stringify(key)} must be a name of ${MODEL_NAME_FORM}`,
      };
    }
    if (!validator.Check(model)) {
      return { problem: faultOf(key, model, validator, kindOf) };
    }
  }
  return new Map(entries as readonly [string, NamedModel][]);
}

/** A value without its text, which may be a key in the wrong place. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}
