import type { Schema } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import { generateSpecs, resolver, uniqueSymbol } from "hono-openapi";
import type { OpenAPIV3_1 } from "openapi-types";
import { metadataOf } from "../http/route-metadata.ts";
import { contractOf, type RouteContract } from "./contract.ts";
import { ERROR_SCHEMA, ERRORS, groupByStatus } from "./error-responses.ts";
import { type BodySchemas, describeBodies, JSON_SCHEMA_OPTIONS } from "./schemas.ts";
import { TAG_NAMES, tagOf } from "./tags.ts";
import { listWireRoutes, type Wire, type WireRoute } from "./wire-routes.ts";

/** A path as OpenAPI writes it: `/v1/models/{id}`. */
const openApiPath = (path: string): string => path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}");

/** Gives the generator the schemas that validate requests. */
function attachRequestSchemas<S extends Schema>(wire: Wire<S>): void {
  for (const { handler } of wire.routes) {
    const target = findTargetHandler(handler);
    const metadata = metadataOf(target);
    if (metadata?.kind !== "input" || uniqueSymbol in target) continue;
    // The schema of what comes in, and not of what it is transformed into.
    const resolved = resolver(metadata.schema, {
      options: { ...JSON_SCHEMA_OPTIONS, io: "input" },
    });
    Object.assign(target, { [uniqueSymbol]: { target: metadata.target, ...resolved } });
  }
}

function describeCallers({ metadata, method, path }: WireRoute): {
  readonly security: OpenAPIV3_1.SecurityRequirementObject[];
  readonly words: string;
} {
  const callers = metadata.flatMap((mark) => (mark.kind === "caller" ? [mark] : []));
  if (callers.length === 0) return { security: [], words: "No authentication needed." };
  const management = callers.find(({ who }) => who === "management");
  if (management !== undefined)
    return {
      security: [{ managementKey: [] }],
      words: `Requires a management key with the scope \`${management.scope}\`.`,
    };
  const admin = callers.find(({ who }) => who === "admin");
  if (admin !== undefined) {
    const scopes = admin.managementScopesOf?.(method, path) ?? [];
    return scopes.length === 0
      ? { security: [{ session: [] }], words: "Requires an admin's access token." }
      : {
          security: [{ session: [] }, { managementKey: [] }],
          words:
            "Requires an admin's access token, or a management key with the scope " +
            `${scopes.map((scope) => `\`${scope}\``).join(" or ")}.`,
        };
  }
  if (callers.some(({ who }) => who === "session"))
    return {
      security: [{ session: [] }],
      words: "Requires an access token. API keys can't do this.",
    };
  const scope = callers.find((caller) => caller.scope !== null)?.scope;
  const words = scope === undefined || scope === null ? "" : ` with the scope \`${scope}\``;
  return {
    security: [{ session: [] }, { apiKey: [] }],
    words: `Requires an access token, or an API key${words}.`,
  };
}

const IDEMPOTENCY_KEY = {
  name: "idempotency-key",
  in: "header",
  description:
    "Repeating the request with the same key within 24 hours returns the first response.",
  schema: { type: "string", maxLength: 255 },
} as const satisfies OpenAPIV3_1.ParameterObject;

const jsonContent = (schema: OpenAPIV3_1.SchemaObject | OpenAPIV3_1.ReferenceObject) => ({
  content: { "application/json": { schema } },
});

/** Returns the content of a success: JSON as a rule, and an alternative where there is one. */
function successContent(
  schema: OpenAPIV3_1.SchemaObject | OpenAPIV3_1.ReferenceObject | undefined,
  alternative: string | null,
): Record<string, OpenAPIV3_1.MediaTypeObject> | undefined {
  if (schema === undefined) return undefined;
  if (alternative === "audio/*")
    return { [alternative]: { schema: { type: "string", format: "binary" } } };
  return {
    "application/json": { schema },
    ...(alternative === null ? {} : { [alternative]: { schema: { type: "string" } } }),
  };
}

/** Adds what the generator cannot know of a route: its summary, callers, answer and failures. */
function buildOperation(
  route: WireRoute,
  { description, failures }: RouteContract,
  generated: OpenAPIV3_1.OperationObject,
  bodies: BodySchemas,
): OpenAPIV3_1.OperationObject {
  const { method, path, metadata } = route;
  const { security, words } = describeCallers(route);
  const name = `${method} ${path}`;
  const content = successContent(bodies.responses[name], description.alternative);
  const success = {
    description: description.summary,
    ...(content === undefined ? {} : { content }),
  };
  const errors = groupByStatus(failures).map(([status, codes]) => [
    status,
    {
      $ref: `#/components/responses/${status}`,
      description: `${ERRORS[status].description} \`${codes.join("`, `")}\`.`,
    },
  ]);
  const isRepeatable = method === "POST" && metadata.some((mark) => mark.kind === "caller");
  const request = bodies.requests[name];
  const requestBody =
    request === undefined ? {} : { requestBody: { required: true, ...jsonContent(request) } };
  return {
    ...generated,
    ...requestBody,
    tags: [tagOf(path)],
    summary: description.summary,
    description: words,
    security,
    parameters: [...(generated.parameters ?? []), ...(isRepeatable ? [IDEMPOTENCY_KEY] : [])],
    responses: {
      [description.status]: success,
      ...(description.otherStatus === null ? {} : { [description.otherStatus]: success }),
      ...Object.fromEntries(errors),
    },
  };
}

const errorResponses = Object.fromEntries(
  Object.entries(ERRORS).map(([status, { description, example }]) => [
    status,
    {
      description,
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" }, example } },
    },
  ]),
);

/**
 * Describes the wire as OpenAPI 3.1: requests by the very schemas that validate them, callers by
 * the very guards that check them, and answers and failures by what each route declares.
 * @param origin the origin at which this Worker answers
 */
export async function describeWire<S extends Schema>(
  wire: Wire<S>,
  origin: string,
): Promise<OpenAPIV3_1.Document> {
  attachRequestSchemas(wire);
  const { paths, components } = await generateSpecs(wire, {
    includeEmptyPaths: true,
    excludeStaticFile: false,
  });
  const routes = listWireRoutes(wire);
  const contracts = new Map<string, RouteContract>();
  for (const route of routes) {
    const contract = contractOf(route);
    if (contract !== undefined) contracts.set(`${route.method} ${route.path}`, contract);
  }
  const bodies = describeBodies(contracts);
  const described: Record<string, OpenAPIV3_1.PathItemObject> = {};
  for (const route of routes) {
    const contract = contracts.get(`${route.method} ${route.path}`);
    if (contract === undefined) continue;
    const path = openApiPath(route.path);
    const method = route.method.toLowerCase();
    const generated: OpenAPIV3_1.OperationObject = Reflect.get(paths?.[path] ?? {}, method) ?? {};
    const operation = buildOperation(route, contract, generated, bodies);
    described[path] = { ...described[path], [method]: operation };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Farebox",
      version: "0.1.0",
      description:
        "`/v1` is compatible with OpenAI's API; `/api` has a format of its own. Money is " +
        "`amountMinor` and `currency`, credits are decimal numbers, times are ISO 8601 in " +
        "UTC. Every response has `x-request-id`.",
    },
    servers: [{ url: origin }],
    tags: TAG_NAMES.map((name) => ({ name })),
    paths: described,
    components: {
      ...components,
      schemas: { ...components?.schemas, ...bodies.objects, Error: ERROR_SCHEMA },
      responses: errorResponses,
      securitySchemes: {
        session: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "An access token, from signing in.",
        },
        apiKey: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "sk_…",
          description: "An API key.",
        },
        managementKey: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "fbm_…",
          description: "A management key, for the operator's own servers. Never from a browser.",
        },
      },
    },
  };
}
