import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Class,
  type ExportNamedDeclaration,
  type ImportDeclaration,
  parseSync,
  type Statement,
  type TSInterfaceDeclaration,
  type TSModuleDeclaration,
  type TSTypeAliasDeclaration,
  type TSTypeName,
} from "oxc-parser";

/** A type that was found by its name, and the scope in which its own names are looked up. */
export interface FoundType {
  readonly node: TSInterfaceDeclaration | TSTypeAliasDeclaration;
  readonly scope: Scope;
}

/** All that one name stands for: a type, a namespace of the same name, or a name elsewhere. */
interface Meaning {
  type?: FoundType;
  namespace?: Scope;
  class?: Class;
  /** A name of another file: `import { name } from "file"`; with a null name, all of the file. */
  imported?: { readonly file: string; readonly name: string | null };
  /** Another name, and the scope in which it is looked up: `import X = Some.Other`. */
  alias?: { readonly parts: readonly string[]; readonly scope: Scope };
}

/** The names of a file, or of a namespace in it. */
export interface Scope {
  readonly file: string;
  readonly outer: Scope | null;
  readonly names: Map<string, Meaning>;
}

const files = new Map<string, Scope>();

/** Returns the parts of a name such as `Subscription.Item`. */
export function nameParts(name: TSTypeName): string[] {
  if (name.type === "Identifier") return [name.name];
  if (name.type === "TSQualifiedName") return [...nameParts(name.left), name.right.name];
  return [];
}

function meaningOf(scope: Scope, name: string): Meaning {
  const known = scope.names.get(name) ?? {};
  scope.names.set(name, known);
  return known;
}

function declareNamespace(scope: Scope, node: TSModuleDeclaration): void {
  if (node.id.type !== "Identifier" || node.body?.type !== "TSModuleBlock") return;
  const meaning = meaningOf(scope, node.id.name);
  meaning.namespace ??= { file: scope.file, outer: scope, names: new Map() };
  for (const statement of node.body.body) declare(meaning.namespace, statement);
}

const pathOf = (scope: Scope, source: string): string =>
  join(dirname(scope.file), source).replace(/\.js$/, ".d.ts");

/** Declares the names of `export { a as b }`: of another file, or out of the scope around. */
function declareExports(scope: Scope, { source, specifiers }: ExportNamedDeclaration): void {
  for (const { local, exported } of specifiers) {
    if (local.type !== "Identifier" || exported.type !== "Identifier") continue;
    if (source !== null)
      meaningOf(scope, exported.name).imported = {
        file: pathOf(scope, source.value),
        name: local.name,
      };
    else if (scope.outer !== null)
      meaningOf(scope, exported.name).alias = { parts: [local.name], scope: scope.outer };
  }
}

function declareImports(scope: Scope, { source, specifiers }: ImportDeclaration): void {
  const file = pathOf(scope, source.value);
  for (const specifier of specifiers) {
    const name =
      specifier.type === "ImportSpecifier" && specifier.imported.type === "Identifier"
        ? specifier.imported.name
        : null;
    meaningOf(scope, specifier.local.name).imported = { file, name };
  }
}

function declare(scope: Scope, node: Statement): void {
  if (node.type === "ExportNamedDeclaration") {
    if (node.declaration === null) declareExports(scope, node);
    else declare(scope, node.declaration);
  } else if (node.type === "ImportDeclaration") declareImports(scope, node);
  else if (node.type === "TSInterfaceDeclaration" || node.type === "TSTypeAliasDeclaration")
    meaningOf(scope, node.id.name).type = { node, scope };
  else if (node.type === "TSModuleDeclaration") {
    if (node.kind === "namespace") declareNamespace(scope, node);
  } else if (node.type === "ClassDeclaration") {
    if (node.id !== null) meaningOf(scope, node.id.name).class = node;
  } else if (
    node.type === "TSImportEqualsDeclaration" &&
    node.moduleReference.type !== "TSExternalModuleReference"
  )
    meaningOf(scope, node.id.name).alias = { parts: nameParts(node.moduleReference), scope };
}

/** Reads a file of declarations: once, however often it is asked for. */
export function readDeclarations(file: string): Scope {
  const known = files.get(file);
  if (known !== undefined) return known;
  const scope: Scope = { file, outer: null, names: new Map() };
  files.set(file, scope);
  const { program } = parseSync(file, readFileSync(file, "utf8"));
  for (const statement of program.body) if ("type" in statement) declare(scope, statement);
  return scope;
}

function namespaceOf(meaning: Meaning | undefined): Scope | undefined {
  if (meaning?.namespace !== undefined) return meaning.namespace;
  if (meaning?.imported !== undefined) {
    const file = readDeclarations(meaning.imported.file);
    const { name } = meaning.imported;
    return name === null ? file : namespaceOf(file.names.get(name));
  }
  const alias = meaning?.alias;
  return alias === undefined ? undefined : findNamespace(alias.scope, alias.parts);
}

function findNamespace(scope: Scope, [head = "", ...rest]: readonly string[]): Scope | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    let found = namespaceOf(at.names.get(head));
    for (const part of rest)
      found = found === undefined ? undefined : namespaceOf(found.names.get(part));
    if (found !== undefined) return found;
  }
  return undefined;
}

function typeOf(meaning: Meaning | undefined): FoundType | undefined {
  if (meaning?.type !== undefined) return meaning.type;
  if (meaning?.imported !== undefined && meaning.imported.name !== null) {
    const file = readDeclarations(meaning.imported.file);
    return typeOf(file.names.get(meaning.imported.name));
  }
  const alias = meaning?.alias;
  return alias === undefined ? undefined : findType(alias.scope, alias.parts);
}

/** Finds the type of a name, as TypeScript does: in the innermost scope that has one. */
export function findType(scope: Scope, parts: readonly string[]): FoundType | undefined {
  const last = parts.at(-1) ?? "";
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const holder = parts.length === 1 ? at : findNamespace(at, parts.slice(0, -1));
    const found = holder === undefined ? undefined : typeOf(holder.names.get(last));
    if (found !== undefined) return found;
  }
  return undefined;
}
