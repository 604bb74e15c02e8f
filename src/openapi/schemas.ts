import type { OpenAPIV3_1 } from "openapi-types";
import { z } from "zod";
import type { RouteContract } from "./contract.ts";

type Schema = OpenAPIV3_1.SchemaObject | OpenAPIV3_1.ReferenceObject;

/** The schemas of answers and requests by route, and of the objects in them by name. */
export interface BodySchemas {
  readonly responses: Readonly<Record<string, Schema>>;
  readonly requests: Readonly<Record<string, Schema>>;
  readonly objects: Readonly<Record<string, OpenAPIV3_1.SchemaObject>>;
}

/**
 * How zod is to write schemas: what no JSON schema can say (a refinement) is left out, and a date
 * is a date, without the pattern that says so again.
 */
export const JSON_SCHEMA_OPTIONS = {
  unrepresentable: "any",
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.format === "date" || jsonSchema.format === "date-time")
      delete jsonSchema.pattern;
  },
} as const;

/** Describes schemas together, so that an object which several of them hold is described once. */
function describeTogether(schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output") {
  const described = z.toJSONSchema(z.object(schemas), { ...JSON_SCHEMA_OPTIONS, io });
  // Where an OpenAPI document keeps what has a name.
  const text = JSON.stringify(described).replaceAll('"#/$defs/', '"#/components/schemas/');
  // Trust: zod writes JSON schemas, which OpenAPI 3.1 has as they are.
  const {
    properties,
    $defs = {},
  }: { properties: Record<string, Schema>; $defs?: BodySchemas["objects"] } = JSON.parse(text);
  return { bodies: properties, objects: $defs };
}

/**
 * Describes every body that is not described by what validates it.
 * @param contracts by the name of the route
 */
export function describeBodies(contracts: ReadonlyMap<string, RouteContract>): BodySchemas {
  const pick = (field: "answer" | "body") =>
    Object.fromEntries(
      [...contracts].flatMap(([name, { description }]) => {
        const schema = description[field];
        return schema === null ? [] : [[name, schema] as const];
      }),
    );
  const answers = describeTogether(pick("answer"), "output");
  return {
    responses: answers.bodies,
    requests: describeTogether(pick("body"), "input").bodies,
    objects: answers.objects,
  };
}
