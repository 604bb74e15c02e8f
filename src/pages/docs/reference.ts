import { z } from "zod";
import { describeType, type FieldDoc, jsonSchema, listFields } from "./schema.ts";

const content = z.record(
  z.string(),
  z.object({ schema: jsonSchema.optional(), example: z.unknown().optional() }),
);
const operation = z.object({
  summary: z.string().default(""),
  description: z.string().default(""),
  tags: z.array(z.string()).default([]),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().default(""),
        schema: jsonSchema.default({}),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })).default({}),
});

/** The parts of the document at `/openapi.json` that the reference shows. */
const document = z.object({
  tags: z.array(z.object({ name: z.string() })).default([]),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    responses: z
      .record(z.string(), z.object({ description: z.string(), content: content.optional() }))
      .default({}),
    schemas: z.record(z.string(), jsonSchema).default({}),
  }),
});

export interface OperationDoc {
  /** The anchor of the operation: `post-api-agents-id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** The callers that are allowed, as a sentence. */
  readonly callers: string;
  readonly parameters: readonly FieldDoc[];
  readonly body: readonly FieldDoc[];
  /** The body of a successful answer. Its type is the name of the object if it has one. */
  readonly response: { readonly type: string; readonly fields: readonly FieldDoc[] } | null;
  /** The statuses of the answers, ascending. */
  readonly statuses: readonly string[];
}

export interface GroupDoc {
  readonly id: string;
  readonly title: string;
  readonly operations: readonly OperationDoc[];
}

/** A status of a refusal. */
interface ErrorDoc {
  readonly status: string;
  readonly description: string;
  readonly example: string;
}

/** A named object of requests or answers. */
export interface ObjectDoc {
  readonly name: string;
  readonly fields: readonly FieldDoc[];
}

/** The whole reference. */
export interface Reference {
  readonly objects: readonly ObjectDoc[];
  readonly groups: readonly GroupDoc[];
  readonly errors: readonly ErrorDoc[];
}

const toAnchor = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

type Operation = z.infer<typeof operation>;

function listParameters(path: string, { parameters }: Operation): FieldDoc[] {
  const documented = parameters.map(
    ({ name, in: location, required, description, schema: type }) => {
      const [field] = listFields({ properties: { [name]: { ...type, description } } }, location);
      return field === undefined ? [] : [{ ...field, required: required || location === "path" }];
    },
  );
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
  const undocumented = inPath
    .filter((name) => !parameters.some((parameter) => parameter.name === name))
    .map((name) => ({ name, location: "path", type: "string", required: true, description: "" }));
  return [...undocumented, ...documented.flat()];
}

function toOperationDoc(method: string, path: string, described: Operation): OperationDoc {
  const body = Object.values(described.requestBody?.content ?? {})[0]?.schema;
  const success = Object.entries(described.responses).find(([status]) =>
    status.startsWith("2"),
  )?.[1];
  const response = Object.values(success?.content ?? {})[0]?.schema;
  return {
    id: toAnchor(`${method} ${path}`),
    method: method.toUpperCase(),
    path,
    summary: described.summary,
    callers: described.description,
    parameters: listParameters(path, described),
    body: body === undefined ? [] : listFields(body, "body"),
    response:
      response === undefined
        ? null
        : { type: describeType(response), fields: listFields(response, "response") },
    statuses: Object.keys(described.responses).toSorted(),
  };
}

/** Reads an OpenAPI document into the reference, grouped by tag in the order of its tags. Pure. */
export function readReference(json: unknown): Reference {
  const { tags, paths, components } = document.parse(json);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      tag: described.tags[0] ?? "Other",
      doc: toOperationDoc(method, path, described),
    })),
  );
  const position = (tag: string): number => tags.findIndex(({ name }) => name === tag);
  const byTag = [...Map.groupBy(all, ({ tag }) => tag)].toSorted(
    ([a], [b]) => position(a) - position(b),
  );
  const groups = byTag.map(([title, entries]) => ({
    id: toAnchor(title),
    title,
    operations: entries.map(({ doc }) => doc),
  }));
  const errors = Object.entries(components.responses).map(
    ([status, { description, content: bodies = {} }]) => ({
      status,
      description,
      example: JSON.stringify(Object.values(bodies)[0]?.example ?? null, null, 2),
    }),
  );
  const objects = Object.entries(components.schemas).map(([name, object]) => ({
    name,
    fields: listFields(object, "object"),
  }));
  return { groups, errors, objects };
}
