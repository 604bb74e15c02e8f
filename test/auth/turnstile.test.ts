import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { turnstileApp } from "../../dev/turnstile/app.ts";
import { LocalTurnstile } from "../../dev/turnstile/turnstile.ts";
import { readConfig } from "../../src/config.ts";
import { MINUTE_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const [SITE_KEY, SECRET] = ["0x_site", "0x_secret"];
const HOST = "turnstile.test";
const password = "a long ride home";

const turnstile = new LocalTurnstile(SITE_KEY, SECRET);
const settings = {
  TURNSTILE_SITE_KEY: SITE_KEY,
  TURNSTILE_SECRET_KEY: SECRET,
  TURNSTILE_API_BASE: `http://${HOST}`,
  FREE_PLAN_NEEDS_PROOF: "false",
};
const worker = new MailWorker(settings);

const connect = () => {
  worker.connect();
  const stand = turnstileApp(turnstile);
  fakeNetwork.standIn(HOST, (request) => stand.fetch(request));
};
beforeEach(connect);

const newToken = (action: string, hostname = "farebox.test"): string =>
  turnstile.issue(SITE_KEY, { action, hostname }, Date.now()) ?? "";

const register = (turnstileToken?: string, who = worker) =>
  who.post("/api/auth/register", {
    email: uniqueEmail(),
    password,
    ...(turnstileToken === undefined ? {} : { turnstileToken }),
  });
const forgot = (turnstileToken?: string) =>
  worker.post("/api/auth/forgot-password", {
    email: uniqueEmail(),
    ...(turnstileToken === undefined ? {} : { turnstileToken }),
  });

const refusal = {
  status: 400,
  json: { error: { code: "invalid_request", param: "turnstileToken" } },
};

describe("where Turnstile is set up", () => {
  it("a person signs up and asks for a new password, each with a token of the form", async () => {
    expect((await register(newToken("sign-up"))).status).toBe(201);
    expect((await forgot(newToken("forgot-password"))).status).toBe(204);
  });

  it("a token is good once, for five minutes, on this site and for its form", async () => {
    const used = newToken("sign-up");
    expect((await register(used)).status).toBe(201);
    for (const token of [
      used,
      undefined,
      "",
      "made up",
      newToken("forgot-password"),
      newToken("sign-up", "another.test"),
    ])
      expect(await register(token)).toMatchObject(refusal);
    expect(await forgot(newToken("sign-up"))).toMatchObject(refusal);
    expect(await forgot()).toMatchObject(refusal);
    const old = newToken("sign-up");
    moveClock(5 * MINUTE_MS + 1);
    expect(await register(old)).toMatchObject(refusal);
  });

  it("a token is good for one of many sign-ups at once", async () => {
    const token = newToken("sign-up");
    const replies = await Promise.all(Array.from({ length: 6 }, () => register(token)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it.each([
    ["cannot be reached", undefined],
    ["fails", () => Response.json({ success: false, "error-codes": ["internal-error"] })],
    ["answers something else", () => new Response("<html>", { status: 502 })],
  ] as const)("nobody gets past it while it %s", async (_, handler) => {
    fakeNetwork.reset();
    worker.connect();
    if (handler !== undefined) fakeNetwork.standIn(HOST, handler);
    for (const reply of [
      await register(newToken("sign-up")),
      await forgot(newToken("forgot-password")),
    ]) {
      expect(reply).toMatchObject({ status: 503, json: { error: { code: "server_busy" } } });
      expect(reply.headers.get("retry-after")).toBe("30");
    }
  });

  it("a wrong secret is the operator's to put right, and its value is not told", async () => {
    const wrong = new MailWorker({ ...settings, TURNSTILE_SECRET_KEY: "0x_wrong_secret" });
    connect();
    const reply = await register(newToken("sign-up"), wrong);
    expect(reply).toMatchObject({
      status: 503,
      json: { error: { code: "misconfigured", param: "TURNSTILE_SECRET_KEY" } },
    });
    expect(reply.text).not.toContain("0x_wrong_secret");
  });

  it("Cloudflare's keys for tests do what they are documented to do", async () => {
    const outcomes = [];
    for (const digit of [1, 2, 3]) {
      const secret = `${digit}x0000000000000000000000000000000AA`;
      const tested = new MailWorker({ ...settings, TURNSTILE_SECRET_KEY: secret });
      connect();
      outcomes.push((await register("XXXX.DUMMY.TOKEN.XXXX", tested)).status);
    }
    expect(outcomes).toEqual([201, 400, 400]);
    // A real secret refuses the dummy token.
    expect(await register("XXXX.DUMMY.TOKEN.XXXX")).toMatchObject(refusal);
    const made = ["1x00000000000000000000AA", "2x00000000000000000000AB"].map((key) =>
      turnstile.issue(key, { hostname: "", action: "" }, 0),
    );
    expect(made).toEqual(["XXXX.DUMMY.TOKEN.XXXX", null]);
  });
});

describe("siteverify, as the local one answers it", () => {
  const ask = (fields: Record<string, string>) => turnstile.siteverify(fields, Date.now());

  it("names what is missing or wrong", () => {
    const codes = [
      ask({ response: "x" }),
      ask({ secret: SECRET }),
      ask({ secret: "other", response: newToken("sign-up") }),
      ask({ secret: SECRET, response: "x" }),
      ask({ secret: SECRET, response: "x".repeat(2049) }),
    ].flatMap((answer) => answer["error-codes"]);
    expect(codes).toEqual([
      "missing-input-secret",
      "missing-input-response",
      "invalid-input-secret",
      "invalid-input-response",
      "invalid-input-response",
    ]);
  });

  it("answers a repeated question only by its idempotency_key", () => {
    const response = newToken("sign-up");
    const key = { idempotency_key: crypto.randomUUID() };
    const first = ask({ secret: SECRET, response, ...key });
    expect(first).toMatchObject({ success: true, hostname: "farebox.test", action: "sign-up" });
    expect(ask({ secret: SECRET, response, ...key })).toEqual(first);
    expect(ask({ secret: SECRET, response })["error-codes"]).toEqual(["timeout-or-duplicate"]);
  });
});

describe("the pages", () => {
  const policyOf = ({ headers }: { headers: Headers }, name: string) =>
    (headers.get("content-security-policy") ?? "")
      .split(";")
      .map((part) => part.trim())
      .find((part) => part.startsWith(`${name} `));

  it("show the widget in two forms, whose policy alone lets it load", async () => {
    for (const [path, action] of [
      ["/signup", "sign-up"],
      ["/forgot", "forgot-password"],
    ] as const) {
      const page = await worker.send("GET", path);
      expect(page.text).toContain(`data-action="${action}"`);
      expect(page.text).toContain(`src="http://${HOST}/turnstile/v0/api.js"`);
      expect(policyOf(page, "script-src")).toBe(`script-src 'self' http://${HOST}`);
      expect(policyOf(page, "frame-src")).toBe(`frame-src http://${HOST}`);
    }
    for (const [who, path] of [
      [worker, "/login"],
      [new MailWorker(), "/signup"],
    ] as const) {
      const page = await who.send("GET", path);
      expect(page.text).not.toContain("cf-turnstile");
      expect(policyOf(page, "script-src")).toBe("script-src 'self'");
      expect(policyOf(page, "frame-src")).toBe("frame-src 'none'");
    }
  });

  it("send its token, and ask again in the reader's language where it is refused", async () => {
    const submit = (turnstileToken: string, language: string) =>
      worker.send("POST", `/signup?lang=${language}`, {
        body: new URLSearchParams({ email: uniqueEmail(), password, turnstileToken }).toString(),
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          origin: "http://farebox.test",
          "sec-fetch-site": "same-origin",
        },
      });
    expect((await submit(newToken("sign-up"), "en")).status).toBe(303);
    const english = await submit("made up", "en");
    expect([english.status, english.text.includes("Complete the human check again")]).toEqual([
      400,
      true,
    ]);
    expect((await submit("made up", "ar")).text).toContain("أكمل التحقق من أنك إنسان");
  });
});

it("needs both keys or none, and with a live key of Stripe's no key for tests", () => {
  const env = (more: object) => ({ ...worker.context.env, ...settings, ...more });
  const base = Object.fromEntries(
    ["JWT_SECRET", "STRIPE_WEBHOOK_SECRET", "UPSTREAMS"].map((name) => [
      name,
      Reflect.get(worker.env, name),
    ]),
  );
  const read = (more: object) => () =>
    readConfig(
      env({
        ...base,
        STRIPE_SECRET_KEY: "sk_live_x",
        PUBLIC_URL: "https://farebox.test",
        ...more,
      }),
    );
  expect(read({})).not.toThrow();
  expect(read({ TURNSTILE_SECRET_KEY: "" })).toThrow("TURNSTILE_SECRET_KEY");
  expect(read({ TURNSTILE_SITE_KEY: "" })).toThrow("TURNSTILE_SECRET_KEY");
  expect(read({ TURNSTILE_SECRET_KEY: "1x0000000000000000000000000000000AA" })).toThrow(
    "is a test key",
  );
});
