/** The interface as its own document tells it: each operation, with what goes in and what may come out. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Answer } from "./control.ts";

/** As much of JSON Schema as the document uses to say what goes in. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

export interface Operation {
  readonly method: string;
  /** With `{name}` for each parameter. */
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** Undefined where it takes none. */
  readonly body: JsonSchema | undefined;
  /** Media types and schemas by status. */
  readonly responses: Readonly<Record<string, Response>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: JsonSchema;
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

interface RawOperation {
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export class Interface {
  readonly operations: readonly Operation[];
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #validators = new Map<JsonSchema, ValidateFunction>();

  constructor(document: Document) {
    this.#document = document;
    this.#ajv.addSchema({ $id: "http://document/", ...document });
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { summary, parameters = [], requestBody, responses }]) => ({
          method: method.toUpperCase(),
          path,
          summary,
          parameters,
          responses,
          body: requestBody?.content["application/json"]?.schema,
        }),
      ),
    );
  }

  /** The schema that a reference within the document stands for. */
  resolve(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if ($ref === undefined) return schema;
    return this.#document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {};
  }

  isValid(schema: JsonSchema, value: unknown): boolean {
    return this.#validator(schema)(value) === true;
  }

  /** Why the answer is none that the operation promises; undefined where it is one. */
  findFault({ method, path, responses }: Operation, answer: Answer): string | undefined {
    const name = `${method} ${path}: ${answer.status}`;
    const response = responses[answer.status];
    if (response === undefined) return `${name} is not documented: ${answer.text}`;
    const [type = ""] = (answer.headers["content-type"] ?? "").split(";");
    const schema = response.content?.[type]?.schema;
    if (schema === undefined) return `${name} is not documented as ${type}`;
    const validator = this.#validator(schema);
    if (validator(type.endsWith("json") ? answer.json : answer.text)) return undefined;
    return `${name}: ${this.#ajv.errorsText(validator.errors)}: ${answer.text.slice(0, 500)}`;
  }

  #validator(schema: JsonSchema): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const text = JSON.stringify(schema).replaceAll('"#/', '"http://document/#/');
    const made = this.#ajv.compile(JSON.parse(text));
    this.#validators.set(schema, made);
    return made;
  }
}
