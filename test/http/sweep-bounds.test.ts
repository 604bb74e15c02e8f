import { expect, it } from "vitest";
import { z } from "zod";
import { app } from "../../src/app.ts";
import { listWireRoutes } from "../../src/openapi/wire-routes.ts";
import { call, readError } from "../support/call.ts";
import { PAID_CHATS } from "../support/sweep.ts";

/** What is passed on to the vendor whole, or counted: the size of the body bounds it. */
const PASSED_ON = new Set([...Object.keys(PAID_CHATS), "POST /v1/messages/count_tokens"]);
/** Signed by Stripe, which sends what it likes. */
const SIGNED = /webhook/;

const checksOf = (schema: z.core.$ZodType) =>
  (schema._zod.def.checks ?? []).map((check) => check._zod.def);

/** Whether the first check is a limit of the length, after which no other is made. */
function isBounded(schema: z.core.$ZodType): boolean {
  const [first] = checksOf(schema);
  return first?.check === "max_length" && first.abort === true;
}

/** Lists the places in a schema where a value of any size is taken, or worked on first. */
function listUnbounded(schema: z.core.$ZodType, path: string): string[] {
  if (schema instanceof z.ZodString) return isBounded(schema) ? [] : [path];
  if (schema instanceof z.ZodArray)
    return [...(isBounded(schema) ? [] : [path]), ...listUnbounded(schema.element, `${path}[]`)];
  if (schema instanceof z.ZodObject) {
    const { shape, catchall } = schema.def;
    const isOpen = catchall !== undefined && !(catchall instanceof z.ZodNever);
    const fields = Object.entries<z.core.$ZodType>(shape);
    return [
      ...fields.flatMap(([name, field]) => listUnbounded(field, `${path}.${name}`)),
      ...(isOpen ? [`${path}.*`] : []),
    ];
  }
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => listUnbounded(option, path));
  // A key for each of a few names, or keys that a check counts.
  if (schema instanceof z.ZodRecord)
    return [
      ...(schema.keyType instanceof z.ZodEnum || checksOf(schema).length > 0 ? [] : [path]),
      ...listUnbounded(schema.keyType, `${path}.key`),
      ...listUnbounded(schema.valueType, `${path}.*`),
    ];
  // What is done before the checks of a preprocessed value takes no time that grows with it.
  if (schema instanceof z.ZodPipe)
    return listUnbounded(schema.in instanceof z.ZodTransform ? schema.out : schema.in, path);
  for (const wrapper of [z.ZodOptional, z.ZodExactOptional, z.ZodNullable, z.ZodDefault])
    if (schema instanceof wrapper) return listUnbounded(schema.def.innerType, path);
  const isSmall = [z.ZodEnum, z.ZodLiteral, z.ZodBoolean, z.ZodNumber, z.ZodNull].some(
    (kind) => schema instanceof kind,
  );
  return isSmall ? [] : [`${path} (${schema._zod.def.type})`];
}

const inputs = listWireRoutes(app).flatMap(({ method, path, metadata }) =>
  metadata.flatMap((one) => {
    if (one.kind === "input")
      return [{ name: `${method} ${path}`, at: one.target, schema: one.schema }];
    return one.kind === "description" && one.body !== null
      ? [{ name: `${method} ${path}`, at: "body", schema: one.body }]
      : [];
  }),
);

it("every text and list that a route takes has a bound, which is checked before all else", () => {
  const unbounded = inputs
    .filter(({ name }) => !PASSED_ON.has(name) && !SIGNED.test(name))
    .flatMap(({ name, at, schema }) => listUnbounded(schema, `${name} ${at}`));
  expect(unbounded).toEqual([]);
});

const DECEPTIVE_TEXTS = ["\u202e", "\u2066", "\0", "\u0007", "\u001b[2J", "\u009b2J"].map(
  (mark) => `a plain${mark}text`,
);

/** Lists the places in a schema that take a text which shows something else than it says. */
function listDeceivable(schema: z.core.$ZodType, path: string): string[] {
  if (schema instanceof z.ZodString)
    return DECEPTIVE_TEXTS.some((text) => schema.safeParse(text).success) ? [path] : [];
  if (schema instanceof z.ZodArray) return listDeceivable(schema.element, `${path}[]`);
  if (schema instanceof z.ZodObject)
    return Object.entries<z.core.$ZodType>(schema.def.shape).flatMap(([name, field]) =>
      listDeceivable(field, `${path}.${name}`),
    );
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => listDeceivable(option, path));
  if (schema instanceof z.ZodRecord) return listDeceivable(schema.valueType, `${path}.*`);
  if (schema instanceof z.ZodPipe)
    return listDeceivable(schema.in instanceof z.ZodTransform ? schema.out : schema.in, path);
  for (const wrapper of [z.ZodOptional, z.ZodExactOptional, z.ZodNullable, z.ZodDefault])
    if (schema instanceof wrapper) return listDeceivable(schema.def.innerType, path);
  return [];
}

/** What a model reads, and passwords, which may hold any characters. */
const FREE_TEXTS = /\.(message|systemPrompt|password|currentPassword|newPassword)$/;

it("no text that people read takes control characters, or marks that reorder it", () => {
  const fields = inputs
    .filter(({ name }) => !PASSED_ON.has(name) && !SIGNED.test(name))
    .flatMap(({ name, at, schema }) => listDeceivable(schema, `${name} ${at}`));
  expect(fields.filter((field) => !FREE_TEXTS.test(field))).toEqual([]);
  expect(fields.length).toBeGreaterThan(5);
});

it.each([
  ["a text", z.string(), ["x"]],
  ["a text in a list", z.array(z.string()), ["x[]"]],
  ["a text that is trimmed", z.strictObject({ a: z.string().trim() }).partial(), ["x.a"]],
  ["one of several", z.union([z.literal(""), z.string()]).nullable(), ["x"]],
])("this sweep notices %s that may deceive", (_, schema, found) => {
  expect(listDeceivable(schema, "x")).toEqual(found);
});

it.each([
  ["a text", z.strictObject({ a: z.string() }), ["x.a"]],
  ["a text that is trimmed first", z.string().trim().max(5, { abort: true }), ["x"]],
  ["a text that is matched although it is too long", z.string().max(5).regex(/x/), ["x"]],
  ["a list", z.array(z.boolean()), ["x"]],
  ["a record", z.record(z.string(), z.number()), ["x", "x.key"]],
  ["an open object", z.looseObject({}), ["x.*"]],
  ["anything", z.array(z.unknown()).max(2, { abort: true }), ["x[] (unknown)"]],
])("this sweep notices %s without a bound", (_, schema, found) => {
  expect(listUnbounded(schema, "x")).toEqual(found);
});

it("a URL above 8 KiB is 400, whatever it asks for", async () => {
  for (const path of [
    `/api/plans?cursor=${"x".repeat(8200)}`,
    `/api/nowhere/${"x".repeat(8200)}`,
  ]) {
    const { status, code } = await readError(await call("GET", path));
    expect([status, code]).toEqual([400, "invalid_request"]);
  }
});

it("a credential above 4 KiB is 401, and is not read", async () => {
  for (const token of ["x".repeat(5000), `sk_${"0".repeat(5000)}`, `a.b.${"c".repeat(5000)}`]) {
    const response = await call("GET", "/api/users/me", { token });
    expect(await readError(response)).toMatchObject({ status: 401, code: "invalid_token" });
  }
});
