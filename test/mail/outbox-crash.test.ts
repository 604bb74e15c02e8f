import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../src/time.ts";
import { loadDefaultCatalog } from "../support/catalog.ts";
import { moveClock } from "../support/clock.ts";
import { workerDyingAt } from "../support/dying-worker.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { signUp, uniqueEmail } from "../support/sign-up.ts";

beforeAll(loadDefaultCatalog);

const STEPS_MAX = 60;

const postRequest = (path: string, body: unknown, token?: string) =>
  new Request(`http://farebox.test/api/auth/${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

const countVerifications = async (email: string) =>
  await env.DB.prepare("SELECT count(*) AS n FROM verifications WHERE email_normalized = ?")
    .bind(email)
    .first<number>("n");

const worker = new MailWorker();

/** Kills the Worker at its n-th step while it handles a request. */
async function killAt(step: number, email: string, request: Request) {
  const dying = workerDyingAt(step, worker.env);
  worker.connect(dying.use);
  await dying.send(request);
  const died = dying.died();
  worker.connect();
  return { died, links: await countVerifications(email) };
}

const REQUESTS: readonly (readonly [
  name: string,
  begin: () => Promise<{ email: string; request: Request }>,
])[] = [
  [
    "a sign-up",
    async () => {
      const email = uniqueEmail();
      const body = { email, password: "a long ride home" };
      return { email, request: postRequest("register", body) };
    },
  ],
  [
    "a forgotten password",
    async () => {
      const { email } = await signUp();
      return { email, request: postRequest("forgot-password", { email }) };
    },
  ],
  [
    "the proof of an address",
    async () => {
      const { email, token } = await signUp();
      return { email, request: postRequest("email/send", {}, token) };
    },
  ],
];

describe.each(REQUESTS)("the mail of %s", (_name, begin) => {
  it("comes once for each link that was made, whichever step a crash comes before", async () => {
    const seen: string[] = [];
    const expected: { step: number; email: string; mails: number | null }[] = [];
    for (let step = 1; step < STEPS_MAX; step += 1) {
      const { email, request } = await begin();
      const { died, links } = await killAt(step, email, request);
      expected.push({ step, email, mails: links });
      seen.push(`${links} ${died ? "died" : "lived"}`);
      if (!died) break;
    }
    // Before the link there is nothing, and after it the mail: sent, or due.
    expect(seen.at(-1)).toBe("1 lived");
    expect(seen).toContain("0 died");
    expect(seen.filter((each) => each === "1 died").length).toBeGreaterThan(2);
    // Past the next try, and before the links expire.
    moveClock(10 * MINUTE_MS);
    await worker.runCron();
    const arrived = expected.map((each) => ({
      ...each,
      mails: worker.mailsTo(each.email).length,
    }));
    expect(arrived).toEqual(expected);
    const { results } = await env.DB.prepare(
      "SELECT sealed_message, last_error FROM mails WHERE state = 'sent'",
    ).all();
    expect(results.filter((mail) => mail["sealed_message"] !== null)).toEqual([]);
  });
});
