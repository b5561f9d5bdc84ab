/**
 * The clients of own BAML files: which provider each reaches, and the edits that make its calls go through
 * the relay, which limits answers, and with deadlines, which BAML does not have by default. Pure.
 * An edit adds no line, so that BAML's messages name the lines of the file. A `fallback` or `round-robin` is
 * resolved to its members, so that the governor sees every request.
 */

import { httpOptions } from "../client-source.ts";
import { cutReasons } from "../cut-reasons.ts";
import { providers } from "../providers.ts";
import { type Declaration, type Entry, readEntries } from "./declarations.ts";
import { promptInvalid } from "./prompt-invalid.ts";
import { isSign, type Token } from "./source-tokens.ts";

/** A text in the source, or the environment variable that has it. */
export type OptionValue = { readonly text: string } | { readonly variable: string };

/** A client that reaches one provider. */
export interface LeafClient {
  readonly kind: "leaf";
  readonly provider: string;
  readonly baseUrl: OptionValue;
  readonly model: OptionValue | null;
  /** Null if it has none, or one that BAML finds itself. */
  readonly key: OptionValue | null;
  /** The only host that gets the key; null for one that the file names, which goes to its address. */
  readonly keyHost: string | null;
  /** The variable through which BAML receives the relay's URL. */
  readonly urlVariable: string;
  /** Environment variables that its options name. */
  readonly required: readonly string[];
}

/** A client that chooses among others, such as `fallback`. */
interface GroupClient {
  readonly kind: "group";
  readonly members: readonly string[];
  /** True if each call starts with the next member. */
  readonly isRoundRobin: boolean;
}

export type OwnClient = LeafClient | GroupClient;

/** A replacement in one file. */
export interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface ProviderKind {
  /** Undefined if its clients must have one. */
  readonly baseUrl?: string;
  readonly key?: string;
}

const kindOf = ({ baseUrl, keys: [key] }: KnownProvider) => ({ baseUrl: baseUrl(), key });

type KnownProvider = (typeof providers)["openai" | "anthropic" | "google-ai" | "openrouter"];

/** Providers of BAML whose requests the relay can pass on. */
const leafProviders: Readonly<Record<string, ProviderKind>> = {
  openai: kindOf(providers.openai),
  "openai-responses": kindOf(providers.openai),
  "openai-generic": {},
  anthropic: kindOf(providers.anthropic),
  "google-ai": kindOf(providers["google-ai"]),
  openrouter: kindOf(providers.openrouter),
  "azure-openai": { key: "AZURE_OPENAI_API_KEY" },
  ollama: { baseUrl: "http://localhost:11434/v1" },
};

const groupProviders: readonly string[] = ["fallback", "round-robin"];

/** What own files have of clients. */
export interface ClientReading {
  /** By name, without the fleet's own. */
  readonly clients: Readonly<Record<string, OwnClient>>;
  readonly functions: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
  /** BAML source of clients that the files only mention, such as `"openai/gpt-6-luna"`. */
  readonly extraSource: string;
}

/** @throws {TroupeError} `PROMPT_INVALID` for a client that cannot be used. */
export function readClients(declarations: readonly Declaration[]): ClientReading {
  const reader = new ClientReader();
  for (const one of declarations) {
    if (one.kind === "client") reader.addClient(one);
    if (one.kind === "function") reader.addFunction(one);
  }
  return reader.reading();
}

/** The environment variables that BAML reads for a client. */
export function variablesOf({ required, key }: LeafClient): readonly string[] {
  return key !== null && "variable" in key ? [...new Set([...required, key.variable])] : required;
}

class ClientReader {
  readonly #clients: Record<string, OwnClient> = {};
  readonly #functions: Record<string, string> = {};
  readonly #edits: Edit[] = [];
  /** Names of clients by their mention. */
  readonly #mentioned = new Map<string, string>();

  reading(): ClientReading {
    const extraSource = [...this.#mentioned].map(([mention, name]) => {
      const [provider = "", ...model] = mention.split("/");
      const client = this.#clients[name];
      const url = client?.kind === "leaf" ? client.urlVariable : "";
      return `client<llm> ${name} {
  provider ${JSON.stringify(provider)}
  options {
    model ${JSON.stringify(model.join("/"))}
    base_url env.${url}
    ${defaultOptions(new Set()).join("\n    ")}
  }
}
`;
    });
    return {
      clients: this.#clients,
      functions: this.#functions,
      edits: this.#edits,
      extraSource: extraSource.join(""),
    };
  }

  addFunction(declaration: Declaration): void {
    const entry = findEntry(readEntries(declaration.body), "client");
    const value = entry?.value[0];
    if (value === undefined) return;
    this.#functions[declaration.name] = this.#nameOf(value, declaration);
  }

  addClient(declaration: Declaration): void {
    const entries = readEntries(declaration.body);
    const provider = findEntry(entries, "provider")?.value[0]?.text.replace(/^baml-/, "");
    // BAML reports it.
    if (provider === undefined) return;
    const options = findEntry(entries, "options")?.value;
    if (options === undefined) throw promptInvalid(declaration, "needs options");
    if (groupProviders.includes(provider)) this.#addGroup(declaration, provider, options);
    else this.#addLeaf(declaration, provider, options);
  }

  #addGroup(declaration: Declaration, provider: string, options: readonly Token[]): void {
    const strategy = findEntry(readEntries(options.slice(1, -1)), "strategy")?.value ?? [];
    const members = strategy.filter(({ kind }) => kind !== "sign");
    this.#clients[declaration.name] = {
      kind: "group",
      members: members.map((member) => this.#nameOf(member, declaration)),
      isRoundRobin: provider === "round-robin",
    };
  }

  #addLeaf(declaration: Declaration, provider: string, options: readonly Token[]): void {
    const entries = readEntries(options.slice(1, -1));
    const given = findEntry(entries, "base_url");
    const client = this.#makeLeaf(provider, declaration, {
      baseUrl: given && readValue(given, declaration),
      model: optional(findEntry(entries, "model"), declaration),
      key: optional(findEntry(entries, "api_key"), declaration),
      required: variablesIn(options),
    });
    this.#clients[declaration.name] = client;
    const { file } = declaration;
    const url = `env.${client.urlVariable}`;
    if (given !== undefined) this.#edits.push({ file, ...placeOf(given.value), text: url });
    const added = defaultOptions(new Set(entries.map(({ key }) => key.text)));
    if (given === undefined) added.push(`base_url ${url}`);
    this.#addEntries(file, options, added);
    const http = findEntry(entries, "http")?.value;
    if (http !== undefined) this.#addTimeouts(file, http);
  }

  /** After the opening brace of a block. BAML wants a comma between entries on one line, and none at the end. */
  #addEntries(file: string, block: readonly Token[], added: readonly string[]): void {
    const opening = block[0]?.end;
    if (opening === undefined || added.length === 0) return;
    const text = ` ${added.join(", ")}${block.length > 2 ? "," : " "}`;
    this.#edits.push({ file, start: opening, end: opening, text });
  }

  #addTimeouts(file: string, http: readonly Token[]): void {
    if (!isSign(http[0], "{")) return;
    const given = new Set(readEntries(http.slice(1, -1)).map(({ key }) => key.text));
    const missing = httpOptions().filter(([name]) => !given.has(name));
    this.#addEntries(
      file,
      http,
      missing.map((option) => option.join(" ")),
    );
  }

  /** The name that a client has or gets: `"provider/model"` mentions one that no file declares. */
  #nameOf(token: Token, declaration: Declaration): string {
    if (token.kind === "word" || !token.text.includes("/")) return token.text;
    const mention = token.text;
    const name = this.#mentioned.get(mention) ?? `TroupeMentioned${this.#mentioned.size + 1}`;
    if (!this.#mentioned.has(mention)) {
      this.#mentioned.set(mention, name);
      const [provider = "", ...model] = mention.split("/");
      this.#clients[name] = this.#makeLeaf(provider, declaration, {
        model: { text: model.join("/") },
        key: null,
        required: [],
      });
    }
    this.#edits.push({ file: declaration.file, start: token.start, end: token.end, text: name });
    return name;
  }

  #makeLeaf(
    provider: string,
    declaration: Declaration,
    given: Pick<LeafClient, "model" | "key" | "required"> & {
      readonly baseUrl?: OptionValue | undefined;
    },
  ): LeafClient {
    const kind = leafProviders[provider];
    if (kind === undefined) throw unusableProvider(provider, declaration);
    const baseUrl = given.baseUrl ?? (kind.baseUrl === undefined ? null : { text: kind.baseUrl });
    if (baseUrl === null) throw promptInvalid(declaration, `provider ${provider} needs a base_url`);
    if ("text" in baseUrl && !/^https?:$/.test(URL.parse(baseUrl.text)?.protocol ?? "")) {
      throw promptInvalid(declaration, "its base_url must be an http or https URL");
    }
    const key = given.key ?? (kind.key === undefined ? null : { variable: kind.key });
    const ownHost = URL.parse(kind.baseUrl ?? "")?.host ?? null;
    return {
      kind: "leaf",
      provider,
      baseUrl,
      model: given.model,
      key,
      keyHost: given.key === null ? ownHost : null,
      urlVariable: `TROUPE_URL_${Object.keys(this.#clients).length}`,
      required: given.required,
    };
  }
}

function unusableProvider(provider: string, declaration: Declaration) {
  const known = [...Object.keys(leafProviders), ...groupProviders].join(", ");
  return promptInvalid(declaration, `its provider must be one of ${known}, got ${provider}`);
}

function findEntry(entries: readonly Entry[], key: string): Entry | undefined {
  return entries.find((entry) => entry.key.text === key);
}

function optional(entry: Entry | undefined, declaration: Declaration): OptionValue | null {
  return entry === undefined ? null : readValue(entry, declaration);
}

function readValue({ key, value }: Entry, declaration: Declaration): OptionValue {
  const [first, ...rest] = value;
  if (first === undefined || rest.length > 0) {
    throw promptInvalid(declaration, `its ${key.text} must be a text or env.NAME`);
  }
  const variable = first.kind === "word" && /^env\.(\w+)$/.exec(first.text)?.[1];
  return variable ? { variable } : { text: first.text };
}

function variablesIn(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ kind, text }) =>
    kind === "word" && text.startsWith("env.") ? [text.slice("env.".length)] : [],
  );
}

function placeOf(tokens: readonly Token[]) {
  return { start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 };
}

/** Options that every client has unless it sets them itself. */
function defaultOptions(given: ReadonlySet<string>): string[] {
  const http = `http { ${httpOptions()
    .map((option) => option.join(" "))
    .join(", ")} }`;
  const isOwn = given.has("finish_reason_deny_list") || given.has("finish_reason_allow_list");
  return [
    ...(given.has("http") ? [] : [http]),
    ...(isOwn ? [] : [`finish_reason_deny_list ${JSON.stringify(cutReasons)}`]),
  ];
}
