import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { EXAMPLE_SETTINGS } from "../../src/example-settings.ts";
import worker from "../../src/index.ts";

const MISSING = {
  JWT_SECRET: "",
  STRIPE_SECRET_KEY: undefined,
  UPSTREAMS: "{not json",
  PUBLIC_URL: undefined,
};

/** Asks the Worker as it would be with other bindings or settings. */
const ask = (
  changed: object,
  path = "/",
  headers: Record<string, string> = {},
  host = "farebox.test",
) =>
  worker.fetch(
    new Request(`http://${host}${path}`, { headers }),
    { ...env, ...changed },
    createExecutionContext(),
  );

interface Body {
  error: {
    code: string;
    message: string;
    param: string;
    problems: { name: string; problem: string; reason: string; example: string | null }[];
  };
}

const problemsOf = async (changed: object, host?: string) => {
  const response = await ask(changed, "/v1/models", {}, host);
  const { error } = await response.json<Body>();
  return { status: response.status, ...error };
};

describe("a Farebox whose settings are missing or wrong", () => {
  it("names all of them at once, and what each is for", async () => {
    const { status, code, message, param, problems } = await problemsOf(MISSING);
    expect([status, code, param]).toEqual([503, "misconfigured", "JWT_SECRET"]);
    expect(problems.map(({ name, problem }) => [name, problem])).toEqual([
      ["JWT_SECRET", "missing"],
      ["STRIPE_SECRET_KEY", "missing"],
      ["UPSTREAMS", "invalid"],
      ["PUBLIC_URL", "missing"],
    ]);
    for (const name of Object.keys(MISSING)) expect(message).toContain(name);
    expect(problems.every(({ example }) => example !== null)).toBe(true);
  });

  it("says of a single one what it said before", async () => {
    const { message, problems } = await problemsOf({ PUBLIC_URL: undefined });
    expect(message).toBe("The setting PUBLIC_URL is missing.");
    expect(problems).toHaveLength(1);
  });

  it("finds settings that do not go together beside those that are missing", async () => {
    const live = { STRIPE_SECRET_KEY: "sk_live_1", JWT_SECRET: undefined };
    const { problems } = await problemsOf(live);
    expect(problems.map(({ name }) => name)).toEqual(["JWT_SECRET", "PUBLIC_URL"]);
  });

  it("shows no value, to nobody", async () => {
    const secrets = { JWT_SECRET: "too-short-secret", STRIPE_SECRET_KEY: "pk_wrong_one" };
    for (const accept of ["text/html", "application/json"]) {
      const text = await (await ask(secrets, "/", { accept })).text();
      expect(text).toContain("JWT_SECRET");
      expect(text).not.toContain("too-short-secret");
      expect(text).not.toContain("pk_wrong_one");
    }
  });

  it.each(["/", "/pricing", "/login", "/nowhere"])(
    "shows browsers a page with the commands that fix it: %s",
    async (path) => {
      const response = await ask(MISSING, path, { accept: "text/html" }, "localhost:8787");
      const text = await response.text();
      expect([response.status, response.headers.get("content-type")]).toEqual([
        503,
        "text/html; charset=UTF-8",
      ]);
      for (const name of Object.keys(MISSING)) expect(text).toContain(name);
      expect(text).toContain("cp -n .dev.vars.example .dev.vars");
      expect(text).toContain("npx wrangler dev");
    },
  );

  it("shows the page of a deployed one with other commands, and in Arabic", async () => {
    const headers = { accept: "text/html", "accept-language": "ar" };
    const text = await (await ask(MISSING, "/", headers)).text();
    expect(text).toContain('<html lang="ar" dir="rtl">');
    expect(text).toContain("npx wrangler secret put JWT_SECRET");
    expect(text).toContain("npm run deploy");
    expect(text).toContain("http://farebox.test");
  });
});

describe("a Farebox with the examples' values", () => {
  it("runs on a machine of one's own", async () => {
    const settings = { ...EXAMPLE_SETTINGS };
    for (const host of ["localhost:8787", "127.0.0.1:8787", "192.168.1.20:8787", "mac.local"])
      expect((await ask(settings, "/v1/models", {}, host)).status).toBe(200);
  });

  it("refuses to run anywhere else, and names each of them", async () => {
    const { status, problems } = await problemsOf(EXAMPLE_SETTINGS, "shop.workers.dev");
    expect(status).toBe(503);
    expect(problems.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(EXAMPLE_SETTINGS).toSorted(),
    );
    expect(problems.every(({ problem }) => problem === "example")).toBe(true);
    for (const [name, example] of Object.entries(EXAMPLE_SETTINGS))
      expect((await problemsOf({ [name]: example }, "shop.workers.dev")).param).toBe(name);
  });

  it("refuses its cron, too, once PUBLIC_URL says where it is", async () => {
    const { param } = await problemsOf(
      { JWT_SECRET: EXAMPLE_SETTINGS["JWT_SECRET"], PUBLIC_URL: "https://shop.example.com" },
      "localhost",
    );
    expect(param).toBe("JWT_SECRET");
  });
});

describe("a Farebox without tables", () => {
  /** A database whose migrations were not applied. */
  const bare = {
    DB: {
      prepare: () => ({
        bind: () => ({
          raw: () => Promise.reject(new Error("D1_ERROR: no such table: plans: SQLITE_ERROR")),
          all: () => Promise.reject(new Error("D1_ERROR: no such table: plans: SQLITE_ERROR")),
        }),
      }),
    },
  };

  it("names the command that makes them, to programs and to browsers", async () => {
    const response = await ask(bare, "/api/plans/active");
    const { error } = await response.json<Body>();
    expect([response.status, error.code, error.param]).toEqual([
      503,
      "misconfigured",
      "migrations",
    ]);
    expect(error.message).toContain("npx wrangler d1 migrations apply DB");
    const page = await ask(bare, "/", { accept: "text/html" }, "localhost:8787");
    expect(page.status).toBe(503);
    expect(await page.text()).toContain("npx wrangler d1 migrations apply DB --local");
  });
});

it("a Farebox without a catalog shows the command that loads one", async () => {
  const page = await ask({}, "/", { accept: "text/html" }, "localhost:8787");
  expect(page.status).toBe(503);
  expect(await page.text()).toContain("npm run catalog -- default --persist-to .wrangler/state");
});
