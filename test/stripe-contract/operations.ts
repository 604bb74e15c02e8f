import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Class, TSType } from "oxc-parser";
import { listOf, type Schema, schemaOf, schemaOfFound } from "./schemas.ts";
import { findType, nameParts, readDeclarations, type Scope } from "./scopes.ts";

/** One operation of Stripe's API: `POST /v1/refunds`. */
export interface Operation {
  readonly method: string;
  /** With a parameter for each id: `/v1/subscriptions/{id}`. */
  readonly path: string;
  /** Null where it takes none. */
  readonly params: Schema | null;
  readonly answer: Schema | null;
  readonly isList: boolean;
}

/** The place of an operation in the package: read only if the operation is asked for. */
interface Source {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly file: string;
  readonly className: string;
  readonly methodName: string;
}

const ESM = fileURLToPath(new URL("../../node_modules/stripe/esm", import.meta.url));
const RESOURCES = join(ESM, "resources");

/** A class, or a method that makes a request, in the package's own code. */
const CODE = new RegExp(
  [
    String.raw`^export class (?<className>\w+)`,
    String.raw`^ {4}(?<methodName>\w+)\([^)]*\) \{(?:(?!^ {4}\}$)[\s\S])*?` +
      "\\._makeRequest\\('(?<method>\\w+)', ['`](?<path>[^'`]+)",
  ].join("|"),
  "gm",
);

function sourcesIn(file: string): Source[] {
  let className = "";
  return [...readFileSync(file, "utf8").matchAll(CODE)].flatMap(({ groups = {} }) => {
    className = groups["className"] ?? className;
    const { methodName, method } = groups;
    const path = groups["path"]?.replaceAll(/\$\{encodeURIComponent\((\w+)\)\}/g, "{$1}");
    if (methodName === undefined || method === undefined || path === undefined) return [];
    const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
    return [{ method, path, pattern, className, methodName, file }];
  });
}

const literalParts = (path: string): number =>
  path.split("/").filter((part) => !part.startsWith("{")).length;

let all: readonly Source[] | undefined;

/** Lists all operations, the most literal paths first. */
function listSources(): readonly Source[] {
  all ??= readdirSync(RESOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => sourcesIn(join(RESOURCES, name)))
    .toSorted((a, b) => literalParts(b.path) - literalParts(a.path));
  return all;
}

/** The declaration of a method. Of several, the one with the most parameters says the most. */
function findMethod(declared: Class, name: string) {
  return declared.body.body
    .flatMap((member) =>
      member.type === "MethodDefinition" &&
      member.key.type === "Identifier" &&
      member.key.name === name
        ? [member.value]
        : [],
    )
    .toSorted((a, b) => b.params.length - a.params.length)[0];
}

function answerOf(node: TSType, scope: Scope): { answer: Schema; isList: boolean } | undefined {
  if (node.type !== "TSTypeReference") return undefined;
  const name = nameParts(node.typeName).at(-1) ?? "";
  const [first] = node.typeArguments?.params ?? [];
  if (first === undefined) return { answer: schemaOf(node, scope), isList: false };
  if (name === "Promise" || name === "Response") return answerOf(first, scope);
  return name === "ApiListPromise"
    ? { answer: listOf(schemaOf(first, scope)), isList: true }
    : undefined;
}

function readOperation({ method, path, file, className, methodName }: Source): Operation {
  const scope = readDeclarations(file.replace(/\.js$/, ".d.ts"));
  const declared = scope.names.get(className)?.class;
  const found = declared === undefined ? undefined : findMethod(declared, methodName);
  if (found === undefined) throw new Error(`${className}.${methodName} is not declared`);
  const params = found.params.find((one) => one.type === "Identifier" && one.name === "params");
  const paramsType =
    params?.type === "Identifier" ? params.typeAnnotation?.typeAnnotation : undefined;
  const returns = found.returnType?.typeAnnotation;
  const answer = returns === undefined ? undefined : answerOf(returns, scope);
  return {
    method,
    path,
    params: paramsType === undefined ? null : schemaOf(paramsType, scope),
    answer: answer?.answer ?? null,
    isList: answer?.isList ?? false,
  };
}

const read = new Map<Source, Operation>();

/** Finds the operation that a request means; of several the most literal one. */
export function findOperation(method: string, path: string): Operation | undefined {
  const source = listSources().find((one) => one.method === method && one.pattern.test(path));
  if (source === undefined) return undefined;
  const operation = read.get(source) ?? readOperation(source);
  read.set(source, operation);
  return operation;
}

let objects: ReadonlyMap<string, Schema> | undefined;

/** Reads the object of each type of event. */
function readEventObjects(): Map<string, Schema> {
  const scope = readDeclarations(join(RESOURCES, "Events.d.ts"));
  const found = new Map<string, Schema>();
  for (const name of scope.names.keys()) {
    const type = findType(scope, [name]);
    const data = findType(scope, [name, "Data"]);
    if (type?.node.type !== "TSInterfaceDeclaration" || data === undefined) continue;
    const event = schemaOfType(type);
    const eventType = event?.fields().get("type")?.schema;
    const object = schemaOfType(data)?.fields().get("object")?.schema;
    if (eventType?.kind === "literal" && object !== undefined)
      found.set(String(eventType.value), object);
  }
  return found;
}

function schemaOfType({ node, scope }: NonNullable<ReturnType<typeof findType>>) {
  const schema = schemaOfFound({ node, scope });
  return schema.kind === "object" ? schema : undefined;
}

/** Finds the type of an event's object: the session of `checkout.session.completed`. */
export function findEventObject(type: string): Schema | undefined {
  objects ??= readEventObjects();
  return objects.get(type);
}
