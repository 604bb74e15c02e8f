import { beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "../support/call.ts";
import { createManagementKey } from "../support/management.ts";
import { standInModel } from "../support/model.ts";
import { loadShopCatalog } from "../support/shop.ts";
import { signUp, type TestUser } from "../support/sign-up.ts";
import { standInStripe } from "../support/stripe.ts";
import {
  fillPath,
  findStringSchema,
  forEachConcurrently,
  PAID_CHATS,
  PAID_FORMS,
  type SweptRoute,
  sampleFor,
  sendAndReadRefusal,
  sweptRoutes,
} from "../support/sweep.ts";

// Some thousand requests.
vi.setConfig({ testTimeout: 600_000 });

/** Signed by Stripe, who sends what it likes. */
const SIGNED = /webhook/;
const isFormRoute = ({ name }: SweptRoute) => PAID_FORMS.has(name);

let user: TestUser;
let admin: TestUser;
let managementKey: string;
beforeAll(async () => {
  await loadShopCatalog();
  [user, admin] = [await signUp(), await signUp("admin@farebox.test")];
  ({ key: managementKey } = await createManagementKey(["sessions"], {}, admin));
});

const isPaidChat = (name: string): boolean => Object.hasOwn(PAID_CHATS, name);
const routes = () => sweptRoutes().filter(({ name }) => !SIGNED.test(name));
const tokenFor = ({ path }: SweptRoute): string => {
  if (path.startsWith("/api/sessions")) return managementKey;
  return (/^\/api\/(admin\/|customers\b)/.test(path) ? admin : user).token;
};
const pathOf = ({ path }: SweptRoute): string =>
  fillPath(path, (param) =>
    param === "userId" ? (path.startsWith("/api/admin/") ? admin.userId : "me") : "nothing",
  );
const sendBody = (route: SweptRoute, body: unknown, headers: Record<string, string> = {}) =>
  sendAndReadRefusal(route.method, pathOf(route), { token: tokenFor(route), body, headers });
const withBody = () => routes().filter(({ name, body }) => body !== undefined || isPaidChat(name));
const sampled = ({ body }: SweptRoute): Record<string, unknown> => Object(sampleFor(body ?? {}));

/** Asks each route in each way, and gives what was not answered as it should be. */
async function sweep<T>(
  list: readonly SweptRoute[],
  ways: (route: SweptRoute) => readonly T[],
  check: (route: SweptRoute, way: T) => Promise<unknown>,
): Promise<unknown[]> {
  const wrong: unknown[] = [];
  await forEachConcurrently(list, async (route) => {
    for (const way of ways(route)) {
      const answer = await check(route, way);
      if (answer !== undefined)
        wrong.push([route.name, JSON.stringify(way)?.slice(0, 80).toWellFormed(), answer]);
    }
  });
  return wrong;
}

/** The objects in a body, and ways to put more into each. */
const objectsIn = (route: SweptRoute) =>
  Object.entries(route.body?.properties ?? {}).flatMap(([field, schema]) => {
    const options = [schema, ...(schema.anyOf ?? [])];
    const object = options.find(
      ({ type, additionalProperties }) => type === "object" && additionalProperties === false,
    );
    const item = options.find(({ items }) => items?.type === "object")?.items;
    if (object !== undefined)
      return [
        { field, at: field, value: (more: object) => ({ ...Object(sampleFor(object)), ...more }) },
      ];
    if (item !== undefined)
      return [
        {
          field,
          at: `${field}.0`,
          value: (more: object) => [{ ...Object(sampleFor(item)), ...more }],
        },
      ];
    return [];
  });

describe("a body", () => {
  it("with a field that nobody asked for is 400, which names it", async () => {
    const list = withBody().filter(({ name }) => !isPaidChat(name));
    const wrong = await sweep(
      list,
      ({ body }) =>
        ["surprise", "role", "credits", "creditBalance", "isAdmin", "status", "__proto__"].filter(
          (field) => !(field in (body?.properties ?? {})) || field === "__proto__",
        ),
      async (route, field) => {
        const text = JSON.stringify(sampled(route));
        const json = `${text.slice(0, -1)}${text === "{}" ? "" : ","}${JSON.stringify(field)}:1}`;
        const { status, param } = await sendBody(route, json);
        return status === 400 && param === field ? undefined : { status, param };
      },
    );
    expect(wrong).toEqual([]);
  });

  it("with a field that nobody asked for deeper inside is 400 too", async () => {
    const wrong = await sweep(withBody(), objectsIn, async (route, { field, at, value }) => {
      const { status, param } = await sendBody(route, {
        ...sampled(route),
        [field]: value({ surprise: 1 }),
      });
      return status === 400 && param === `${at}.surprise` ? undefined : { status, param };
    });
    expect(wrong).toEqual([]);
  });

  it("that is not JSON, or no object, is 400", async () => {
    const bodies = [
      "",
      " ",
      "{",
      '{"a":',
      "nul",
      "{}}",
      "\u0000",
      "'x'",
      "{a:1}",
      "null",
      "[]",
      "1",
      '"x"',
      "[".repeat(50_000),
    ];
    const wrong = await sweep(
      withBody(),
      () => bodies,
      async (route, body) => {
        const { status, code } = await sendBody(route, body);
        return status === 400 && code === "invalid_request" ? undefined : { status, code };
      },
    );
    expect(wrong).toEqual([]);
  });

  it("that does not say it is JSON is 415, and one above 1 MiB is 413", async () => {
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonp",
      "",
      "x",
    ];
    const list = routes().filter(({ method }) => method !== "GET");
    // On /v1 a program may leave the type out, and bodies may be larger: test/http/wire.test.ts.
    const isApi = ({ path }: SweptRoute) => !path.startsWith("/v1/");
    const wrong = await sweep(
      list,
      (route) =>
        types
          .filter((type) => type !== "" || isApi(route))
          .filter((type) => !(isFormRoute(route) && type.startsWith("multipart"))),
      async (route, type) => {
        const { status, code } = await sendBody(route, "{}", { "content-type": type });
        return status === 415 && code === "unsupported_media_type" ? undefined : { status, code };
      },
    );
    expect(wrong).toEqual([]);
    const large = JSON.stringify({ a: "x".repeat(1_048_576) });
    const tooLarge = await sweep(
      withBody().filter(isApi),
      () => ["large"],
      async (route) => {
        const { status, code } = await sendBody(route, large);
        return status === 413 && code === "body_too_large" ? undefined : { status, code };
      },
    );
    expect(tooLarge).toEqual([]);
  });
});

const HOSTILE = [
  "",
  "x".repeat(100_001),
  "a\u0000b",
  "\ud800",
  "🜁\u202e<script>alert(1)</script>'; DROP TABLE users; --",
];

describe("a text", () => {
  it("of any kind in any field of any body breaks nothing; an oversized one is 400", async () => {
    standInStripe();
    standInModel();
    const wrong = await sweep(
      withBody(),
      ({ body }) =>
        Object.entries(body?.properties ?? {}).flatMap(([field, schema]) => {
          const text = findStringSchema(schema);
          return text === undefined
            ? []
            : HOSTILE.map((value) => ({ field, value, most: text.maxLength }));
        }),
      async (route, { field, value, most }) => {
        const { status, code, param } = await sendBody(route, {
          ...sampled(route),
          [field]: value,
        });
        // Here no mails are sent, by which a lost password is replaced.
        const isOff = code === "misconfigured" && route.name === "POST /api/auth/forgot-password";
        if ((status >= 500 && !isOff) || (status >= 400 && code === null)) return { status, code };
        // In characters, as people and JSON schemas count, and not in UTF-16 units.
        const isTooLong = Array.from(value).length > (most ?? 100_000);
        const isRefused = most === undefined ? status >= 400 : status === 400 && param === field;
        return !isTooLong || isRefused ? undefined : { status, param };
      },
    );
    expect(wrong).toEqual([]);
    const unread = await sweep(
      routes().filter(({ method }) => method === "GET"),
      () => ["after all that"],
      async (route) => {
        const { status } = await sendAndReadRefusal("GET", pathOf(route), {
          token: tokenFor(route),
        });
        return status >= 500 ? status : undefined;
      },
    );
    expect(unread).toEqual([]);
  });

  it("that people read as a name holds nothing that hides or reorders it", async () => {
    const wrong = await sweep(
      withBody().filter(({ body }) => body?.properties?.["name"] !== undefined),
      () => ["a\u0000b", "a\nb", "a\u202eb", "a\u2066b", "\ud800", " ", "x".repeat(1001)],
      async (route, value) => {
        const { status, param } = await sendBody(route, { ...sampled(route), name: value });
        return status === 400 && param === "name" ? undefined : { status, param };
      },
    );
    expect(wrong).toEqual([]);
  });

  it("of any sort, in a path or a query, breaks nothing and finds nothing", async () => {
    standInStripe();
    const odd = ["x".repeat(5000), "a\u0000b", "🜁\u202e' OR 1=1 --", "../..", "__proto__"];
    const encoded = odd.map((text) => encodeURIComponent(text.toWellFormed()));
    const wrong = await sweep(
      // A feature may have any name: the plan has it or not. So may a customer, who is created.
      routes().filter(
        ({ params }) =>
          params.length > 0 && !params.includes("name") && !params.includes("externalId"),
      ),
      () => [...encoded, "%", "%ff"],
      async (route, text) => {
        const json = route.body === undefined ? {} : { body: sampled(route) };
        const path = fillPath(route.path, () => text);
        const { status, code } = await sendAndReadRefusal(route.method, path, {
          token: tokenFor(route),
          ...json,
        });
        return status >= 400 && status < 500 && code !== null ? undefined : { status, code };
      },
    );
    expect(wrong).toEqual([]);
    const asked = await sweep(
      routes().filter(({ query }) => query !== undefined),
      ({ query }) =>
        Object.keys(query?.properties ?? {}).flatMap((field) =>
          encoded.map((text) => `${field}=${text}`),
        ),
      async (route, query) => {
        const { status, code } = await sendAndReadRefusal(
          route.method,
          `${pathOf(route)}?${query}`,
          {
            token: tokenFor(route),
          },
        );
        return status < 500 && (status < 400 || code !== null) ? undefined : { status, code };
      },
    );
    expect(asked).toEqual([]);
  });
});

/** Asks each list with these values of a field, all of which are wrong. */
const sendToLists = (field: string, values: readonly string[]) =>
  sweep(
    routes().filter(({ query }) => query?.properties?.[field] !== undefined),
    () => values,
    async (route, value) => {
      const { status, param } = await sendAndReadRefusal(
        route.method,
        `${pathOf(route)}?${field}=${value}`,
        {
          token: tokenFor(route),
        },
      );
      return status === 400 && param === field ? undefined : { status, param };
    },
  );

describe("a list", () => {
  it("refuses a limit out of range and a cursor that no page gave", async () => {
    standInStripe();
    expect(
      await sendToLists("limit", [
        "0",
        "101",
        "-1",
        "1.5",
        "x",
        "",
        "1e9",
        "NaN",
        "Infinity",
        "1&limit=2",
      ]),
    ).toEqual([]);
    const made = [
      "x",
      "-1",
      "1e3",
      "%00",
      "9".repeat(30),
      "a".repeat(201),
      "ord_",
      encodeURIComponent("🜁"),
    ];
    // A model's own id is where the next page of models begins.
    const wrong = (await sendToLists("cursor", made)).filter(
      (one) => !String(one).startsWith("GET /api/admin/models,"),
    );
    expect(wrong).toEqual([]);
  });
});

it("an Idempotency-Key that is too long or has a blank is 400 on every guarded POST", async () => {
  standInStripe();
  const list = routes().filter(
    (route) =>
      route.method === "POST" && !/^\/api\/(auth|mails)\//.test(route.path) && !isFormRoute(route),
  );
  const wrong = await sweep(
    list,
    () => ["x".repeat(256), "a b"],
    async (route, key) => {
      const body = PAID_CHATS[route.name] ?? sampled(route);
      const { status, param } = await sendBody(route, body, { "idempotency-key": key });
      return status === 400 && param === "idempotency-key" ? undefined : { status, param };
    },
  );
  expect(wrong).toEqual([]);
  expect((await call("GET", "/api/usage", { token: user.token })).status).toBe(200);
});
