import { z } from "zod";
import { ok, type Result } from "../../errors.ts";
import { parseAt } from "../core/parse-at.ts";

const format = z.discriminatedUnion(
  "type",
  [
    z.looseObject({ type: z.literal("text") }),
    z.looseObject({ type: z.literal("json_object") }),
    z.looseObject({
      type: z.literal("json_schema"),
      name: z.string(),
      schema: z.looseObject({}),
      description: z.string().nullish(),
      strict: z.boolean().nullish(),
    }),
  ],
  { error: "must be text, json_object or json_schema" },
);

/** Converts the form that a reply shall have. Text is what every reply is. */
export function toResponseFormat(value: unknown): Result<object | undefined> {
  if (value === undefined || value === null) return ok(undefined);
  const parsed = parseAt(format, value, "text.format");
  if (!parsed.ok) return parsed;
  if (parsed.value.type === "text") return ok(undefined);
  if (parsed.value.type === "json_object") return ok({ type: "json_object" });
  const { name, schema, description, strict } = parsed.value;
  return ok({
    type: "json_schema",
    json_schema: {
      name,
      ...(typeof description === "string" ? { description } : {}),
      schema,
      ...(typeof strict === "boolean" ? { strict } : {}),
    },
  });
}
