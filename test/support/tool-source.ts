/** The project's own source, parsed: what each file imports, and what the rules of the house ask of it. */

import { globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type ESTree, parseSync, Visitor } from "rolldown/utils";

/** The folder that package.json lies in. */
export const projectRoot = resolve(import.meta.dirname, "../..");

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly SourceImport[];
  readonly functions: readonly SourceFunction[];
  /** Lines that touch `process.env`. */
  readonly environmentLines: readonly number[];
  /** Lines of `new URL("…", import.meta.url)`: files that are loaded by address. */
  readonly addressLines: readonly number[];
}

export interface SourceImport {
  readonly line: number;
  /**
   * `static` with names, `bare` without, `reexport`, `dynamic`; `type` for what is gone when the
   * types are stripped. `import { type A }` counts as static: stripping leaves `import {}` behind.
   */
  readonly kind: "static" | "bare" | "reexport" | "dynamic" | "type";
  /** Of our own: the file's path from the root. Else as written; null where it is computed. */
  readonly target: string | null;
  readonly isOwn: boolean;
  /** Imported names of a static import; `*` for all. */
  readonly names: readonly string[];
}

export interface SourceFunction {
  readonly line: number;
  readonly lines: number;
}

/** Parses every file that matches, from the project's root. */
export function readSources(pattern: string): readonly SourceFile[] {
  const paths = globSync(pattern, { cwd: projectRoot }).map((path) => path.replaceAll("\\", "/"));
  return paths
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(projectRoot, path), "utf8")));
}

/** Parses one text as if it lay at `path`, which is told from the project's root. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const lineOf = lineCounter(text);
  const rules = new Rules(lineOf);
  rules.visit(program);
  const imports = importsOf(program, path, lineOf);
  return { path, lines: lineOf(text.length - 1), imports, ...rules.found };
}

function importsOf(program: ESTree.Program, path: string, lineOf: LineOf): readonly SourceImport[] {
  const found: SourceImport[] = [];
  const add = (
    node: ESTree.Span,
    kind: SourceImport["kind"],
    source: string | null,
    names: readonly string[] = [],
  ) => {
    const isOwn = source?.startsWith(".") ?? false;
    const target = isOwn && source !== null ? join(dirname(path), source) : source;
    found.push({ line: lineOf(node.start), kind, target, isOwn, names });
  };
  new Visitor({
    ImportDeclaration(node) {
      const names = node.specifiers.map(importedName);
      const kind = names.length > 0 ? "static" : "bare";
      add(node, node.importKind === "type" ? "type" : kind, node.source.value, names);
    },
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      add(node, node.exportKind === "type" ? "type" : "reexport", node.source.value);
    },
    ExportAllDeclaration(node) {
      add(node, node.exportKind === "type" ? "type" : "reexport", node.source.value);
    },
    ImportExpression(node) {
      add(node, "dynamic", literalText(node.source));
    },
    TSImportType(node) {
      add(node, "type", node.source.value);
    },
  }).visit(program);
  return found;
}

function importedName(specifier: ESTree.ImportDeclarationSpecifier): string {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  const { imported } = specifier;
  return imported.type === "Literal" ? imported.value : imported.name;
}

type LineOf = (offset: number) => number;

/** Offsets of the parser count UTF-16 units, as those of JavaScript's strings do. */
function lineCounter(text: string): LineOf {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}

/** What the rules of the house ask, gathered in one walk. */
class Rules {
  readonly found = {
    functions: [] as SourceFunction[],
    environmentLines: [] as number[],
    addressLines: [] as number[],
  };
  readonly #lineOf: LineOf;

  constructor(lineOf: LineOf) {
    this.#lineOf = lineOf;
  }

  visit(program: ESTree.Program): void {
    const measure = (node: ESTree.Span) => this.#measure(node);
    new Visitor({
      FunctionDeclaration: measure,
      FunctionExpression: measure,
      ArrowFunctionExpression: measure,
      MemberExpression: (node) => {
        if (isEnvironment(node)) this.found.environmentLines.push(this.#lineOf(node.start));
      },
      VariableDeclarator: (node) => {
        if (takesEnvironment(node)) this.found.environmentLines.push(this.#lineOf(node.start));
      },
      NewExpression: (node) => {
        if (isFileAddress(node)) this.found.addressLines.push(this.#lineOf(node.start));
      },
    }).visit(program);
  }

  #measure(node: ESTree.Span): void {
    const line = this.#lineOf(node.start);
    this.found.functions.push({ line, lines: this.#lineOf(node.end) - line + 1 });
  }
}

/** `process.env`, `process["env"]`, `globalThis.process.env`. */
function isEnvironment(node: ESTree.MemberExpression): boolean {
  return propertyName(node) === "env" && isProcess(node.object);
}

/** `const { env } = process`. */
function takesEnvironment({ id, init }: ESTree.VariableDeclarator): boolean {
  if (id.type !== "ObjectPattern" || init === null || !isProcess(init)) return false;
  return id.properties.some(
    (property) => property.type !== "Property" || isNamed(property.key, "env"),
  );
}

function isProcess(node: ESTree.Expression): boolean {
  if (node.type === "MemberExpression") return propertyName(node) === "process";
  return isNamed(node, "process");
}

function isFileAddress({ callee, arguments: args }: ESTree.NewExpression): boolean {
  const base = args[1];
  return (
    isNamed(callee, "URL") &&
    base?.type === "MemberExpression" &&
    base.object.type === "MetaProperty"
  );
}

function isNamed(node: ESTree.Node, name: string): boolean {
  return node.type === "Identifier" ? node.name === name : literalText(node) === name;
}

function propertyName(node: ESTree.MemberExpression): string | null {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  return literalText(node.property);
}

function literalText(node: ESTree.Node): string | null {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : null;
}

/** The module that has the environment, by either of its names. */
export function isProcessModule(target: string | null): boolean {
  return target === "node:process" || target === "process";
}
