import { beforeAll, beforeEach, expect, it } from "vitest";
import { loadDefaultCatalog, requirePlan } from "../support/catalog.ts";
import { MailWorker } from "../support/mail-worker.ts";
import { standInModel } from "../support/model.ts";

beforeAll(loadDefaultCatalog);

const LIMIT = 8;
const worker = new MailWorker({
  FREE_PLAN_NEEDS_PROOF: "false",
  SIGN_UPS_PER_NETWORK_PER_DAY: String(LIMIT),
});
// Only the limits that are exact are counted here.
for (const name of ["AUTH_RATE_LIMIT", "ANONYMOUS_RATE_LIMIT"])
  Object.defineProperty(worker.env, name, {
    value: { limit: () => Promise.resolve({ success: true }) },
  });
beforeEach(() => {
  worker.connect();
  standInModel();
});

const chat = { model: "small", messages: [{ role: "user", content: "Hi" }], max_tokens: 5 };

/** Chats until the account is refused. @returns how many were answered, for nothing */
async function chatUntilRefused(token: string | undefined): Promise<number> {
  for (let answered = 0; answered < 1000; answered += 1) {
    const reply = await worker.post("/v1/chat/completions", chat, token);
    if (reply.status === 402) return answered;
    expect(reply, reply.text).toMatchObject({ status: 200, json: { usage: { cost: 0 } } });
  }
  throw new Error("the account is never refused");
}

it("scripted sign-ups get no more free messages than the limits say, counted", async () => {
  const name = `farm${crypto.randomUUID().slice(0, 8)}`;
  const forms = [
    (nth: number) => `${name.slice(0, 2)}.${name.slice(2)}+${nth}@gmail.com`,
    (nth: number) => `${nth}@${name}.fastmail.com`,
    (nth: number) => `${name}-${nth}@yahoo.com`,
  ];
  const networks = [`198.18.${Math.floor(Math.random() * 250)}.7`, "2001:db8:fa:1::", null];
  const attempts = Array.from({ length: 45 }, (_, nth) => {
    const network = networks[Math.floor(nth / forms.length) % networks.length];
    const ip = network?.includes(":") === true ? `${network}${nth + 1}` : network;
    const email = forms[nth % forms.length]?.(nth) ?? "";
    return worker.send("POST", "/api/auth/register", {
      body: { email, password: "a long ride home" },
      ...(ip == null ? {} : { headers: { "cf-connecting-ip": ip } }),
    });
  });
  const begun = (await Promise.all(attempts)).filter(({ status }) => status === 201);
  // Two networks have their limit; the third third comes over none, and is all let in.
  expect(begun).toHaveLength(2 * LIMIT + 15);
  const messages = [];
  for (const { json } of begun) messages.push(await chatUntilRefused(json.accessToken));
  const { allowances } = await requirePlan("free");
  const promised = forms.length * (allowances.message?.limit ?? 0);
  expect(messages.reduce((sum, count) => sum + count, 0)).toBe(promised);
  expect(messages.filter((count) => count > 0)).toHaveLength(forms.length);
});
