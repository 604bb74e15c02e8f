import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { fakeNetwork } from "../support/fake-network.ts";
import { MailWorker, tokenIn } from "../support/mail-worker.ts";
import { uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const HOST = "pwned.test";
const GOOD = "a long ride home";
/** Nobody's common password, which the stand-in knows from a breach. */
const BREACHED = "violet tram eleven";

const worker = new MailWorker({
  FREE_PLAN_NEEDS_PROOF: "false",
  PASSWORD_BREACH_CHECK: "true",
  PASSWORD_BREACH_API_BASE: `http://${HOST}`,
});

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().toUpperCase();
}

/** Puts a range API on the network, which knows these passwords. @returns what it was asked */
function standInBreaches(counts: Readonly<Record<string, number>>): Request[] {
  const asked: Request[] = [];
  fakeNetwork.standIn(HOST, async (request) => {
    asked.push(request);
    const prefix = new URL(request.url).pathname.replace("/range/", "");
    const known = await Promise.all(
      Object.entries(counts).map(async ([password, count]) => [await sha1(password), count]),
    );
    const lines = known.flatMap(([hash, count]) =>
      String(hash).startsWith(prefix) ? [`${String(hash).slice(5)}:${count}`] : [],
    );
    return new Response(["0018A45C4D1DEF81644B54AB7F969B88D65:1", ...lines].join("\r\n"));
  });
  worker.connect();
  return asked;
}

const register = (password: string, email = uniqueEmail()) =>
  worker.post("/api/auth/register", { email, password });

/** Answers nothing until whoever asked has enough. */
const answerNever = ({ signal }: Request) =>
  new Promise<Response>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

const refusal = (param: string) => ({
  status: 400,
  json: {
    error: {
      code: "invalid_request",
      param,
      message: expect.stringContaining("data breach"),
    },
  },
});

describe("a password of a known breach", () => {
  it("is refused at sign-up, change and reset", async () => {
    standInBreaches({ [BREACHED]: 37 });
    expect(await register(BREACHED)).toMatchObject(refusal("password"));
    const email = uniqueEmail();
    const signedUp = await register(GOOD, email);
    expect(signedUp.status).toBe(201);
    const change = { currentPassword: GOOD, newPassword: BREACHED };
    const changed = await worker.post("/api/auth/password", change, signedUp.json.accessToken);
    expect(changed).toMatchObject(refusal("newPassword"));
    await worker.post("/api/auth/forgot-password", { email });
    const [mail] = worker.mailsTo(email);
    if (mail === undefined) throw new Error("no mail came");
    const reset = { token: tokenIn(mail), newPassword: BREACHED };
    expect(await worker.post("/api/auth/reset-password", reset)).toMatchObject(
      refusal("newPassword"),
    );
    const second = { ...reset, newPassword: "another ride home" };
    expect((await worker.post("/api/auth/reset-password", second)).status).toBe(204);
  });

  it("is looked up by five digits of its hash, in an answer that is padded", async () => {
    const asked = standInBreaches({});
    expect((await register(BREACHED)).status).toBe(201);
    const hash = await sha1(BREACHED);
    expect(asked.map(({ url }) => url)).toEqual([`http://${HOST}/range/${hash.slice(0, 5)}`]);
    expect(asked[0]?.headers.get("add-padding")).toBe("true");
  });

  it("is not one that only pads the answer", async () => {
    standInBreaches({ [BREACHED]: 0 });
    expect((await register(BREACHED)).status).toBe(201);
  });
});

describe("where the breaches cannot be asked", () => {
  it.each([
    ["the network is down", undefined],
    ["the service fails", () => new Response("no", { status: 503 })],
    ["the service is silent", answerNever],
  ] as const)("the rules decide alone: %s", async (_, handler) => {
    worker.connect();
    if (handler !== undefined) fakeNetwork.standIn(HOST, handler);
    const logged = (["log", "warn", "error"] as const).map((level) => vi.spyOn(console, level));
    onTestFinished(() => {
      for (const spy of logged) spy.mockRestore();
    });
    expect((await register(BREACHED)).status).toBe(201);
    const common = await register("password2026");
    expect(common).toMatchObject({ status: 400, json: { error: { param: "password" } } });
    const lines = JSON.stringify(logged.flatMap(({ mock }) => mock.calls));
    expect(lines).toContain("password.breach_check_failed");
    expect(lines).not.toContain((await sha1(BREACHED)).slice(0, 5));
  });

  it("nobody is asked where the setting is off", async () => {
    const asked = standInBreaches({ [BREACHED]: 37 });
    const off = new MailWorker({
      FREE_PLAN_NEEDS_PROOF: "false",
      PASSWORD_BREACH_API_BASE: `http://${HOST}`,
    });
    const body = { email: uniqueEmail(), password: BREACHED };
    expect((await off.post("/api/auth/register", body)).status).toBe(201);
    expect(asked).toEqual([]);
  });
});
