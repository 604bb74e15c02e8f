import { z } from "zod";
import { ok, type Result } from "../../errors.ts";
import { mapEach, parseAt, refuseField } from "../core/parse-at.ts";
import { joinName, namespaceTool } from "./namespaces.ts";

type Fields = Readonly<Record<string, unknown>>;

const tool = z.looseObject({ type: z.string() });
const named = z.looseObject({ type: z.string(), name: z.string() });
const grammar = z.looseObject({
  type: z.literal("grammar"),
  syntax: z.string(),
  definition: z.string(),
});
const allowed = z.looseObject({ mode: z.enum(["auto", "required"]), tools: z.array(z.unknown()) });

const FUNCTION_FIELDS = new Set(["type", "name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS = new Set(["type", "name", "description", "format"]);

/** Whether a field of a tool asks for what is done anyway. */
const asksForNothing = (name: string, value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  (name === "allowed_callers" && JSON.stringify(value) === '["direct"]');

const findOtherField = (fields: Fields, known: ReadonlySet<string>): string | undefined =>
  Object.entries(fields).find(
    ([name, value]) => !known.has(name) && !asksForNothing(name, value),
  )?.[0];

const keep = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.flatMap((name) => (fields[name] == null ? [] : [[name, fields[name]]])));

/** Converts the format of a custom tool's input: a chat has the grammar in an object of its own. */
function toCustomFormat(format: unknown, path: string): Result<unknown> {
  if (typeof format !== "object" || format === null || !("type" in format)) return ok(format);
  if (format.type !== "grammar") return ok(format);
  const parsed = parseAt(grammar, format, path);
  if (!parsed.ok) return parsed;
  const { syntax, definition } = parsed.value;
  return ok({ type: "grammar", grammar: { syntax, definition } });
}

/** Converts a tool. Those that the vendor runs are left as they are, for the operator to allow. */
function toChatTool(value: unknown, path: string): Result<unknown> {
  const parsed = parseAt(tool, value, path);
  if (!parsed.ok) return parsed;
  const { type } = parsed.value;
  if (type !== "function" && type !== "custom") return ok(value);
  const read = parseAt(named, value, path);
  if (!read.ok) return read;
  const fields = read.value;
  const other = findOtherField(fields, type === "function" ? FUNCTION_FIELDS : CUSTOM_FIELDS);
  if (other !== undefined)
    return refuseField(`${path}.${other}`, "isn't supported, so leave it out.");
  if (type === "function")
    return ok({
      type,
      function: keep(fields, ["name", "description", "parameters", "strict"]),
    });
  const format = toCustomFormat(fields["format"], `${path}.format`);
  if (!format.ok) return format;
  return ok({
    type,
    custom: keep({ ...fields, format: format.value }, ["name", "description", "format"]),
  });
}

/** Converts a tool, or each of a group. */
function toToolsOf(value: unknown, path: string): Result<unknown[]> {
  const isGroup =
    typeof value === "object" && value !== null && "type" in value && value.type === "namespace";
  if (!isGroup) {
    const converted = toChatTool(value, path);
    return converted.ok ? ok([converted.value]) : converted;
  }
  const group = parseAt(namespaceTool, value, path);
  if (!group.ok) return group;
  const { name: namespace, tools } = group.value;
  return mapEach(tools, (each, at) =>
    toChatTool({ ...each, name: joinName(namespace, each.name) }, `${path}.tools.${at}`),
  );
}

/** Converts the tools of a request. */
export function toChatTools(tools: readonly unknown[]): Result<unknown[]> {
  const converted = mapEach(tools, (each, at) => toToolsOf(each, `tools.${at}`));
  return converted.ok ? ok(converted.value.flat()) : converted;
}

/** Converts the tool to be called: a name, or `auto`, `none`, `required`. */
export function toChatToolChoice(choice: unknown, path = "tool_choice"): Result<unknown> {
  if (typeof choice === "string") return ok(choice);
  const parsed = parseAt(tool, choice, path);
  if (!parsed.ok) return parsed;
  const { type } = parsed.value;
  if (type === "allowed_tools") {
    const read = parseAt(allowed, choice, path);
    if (!read.ok) return read;
    const { mode, tools } = read.value;
    const converted = mapEach(tools, (each, at) => toChatToolChoice(each, `${path}.tools.${at}`));
    return converted.ok ? ok({ type, allowed_tools: { mode, tools: converted.value } }) : converted;
  }
  if (type !== "function" && type !== "custom")
    return refuseField(`${path}.type`, "must be function, custom or allowed_tools.");
  const read = parseAt(named, choice, path);
  return read.ok ? ok({ type, [type]: { name: read.value.name } }) : read;
}
