import { createHmac } from "node:crypto";
import { z } from "zod";
import { must, type Report } from "./report.ts";

/** Stripe's tolerance of a webhook's time is five minutes; a tenth of it is cause for concern. */
const CLOCK_OFF_MAX_MS = 30_000;
const ANSWER_WITHIN_MS = 15_000;

const models = z.object({
  data: z.array(z.object({ id: z.string(), pricing: z.looseObject({}) })),
});
const plans = z.object({
  data: z.array(z.object({ kind: z.string(), prices: z.array(z.unknown()) })),
});
const openapi = z.object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

const open = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_WITHIN_MS), ...init });

/** Fetches JSON that has to be there. */
async function fetchJson<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const reply = await open(url);
  const text = await reply.text();
  must(reply.status === 200, `${reply.status} ${text.slice(0, 200)}`);
  return schema.parse(JSON.parse(text));
}

/** An event that says that something was paid, which no Stripe ever sent. */
const FORGED = JSON.stringify({
  id: "evt_canary",
  object: "event",
  type: "checkout.session.completed",
  livemode: true,
  data: { object: { id: "cs_canary", object: "checkout.session", payment_status: "paid" } },
});

/** Checks what anybody may see: nothing is changed by it. */
export async function checkPublicPoints(report: Report, url: string): Promise<void> {
  await report.point("The clock is right", async () => {
    const sentAtMs = Date.now();
    const reply = await open(`${url}/v1/models`);
    await reply.body?.cancel();
    const date = reply.headers.get("date");
    if (date === null) return "the server states no time";
    // The header has whole seconds, and the answer took a while.
    const offMs = Math.max(sentAtMs - 1000 - Date.parse(date), Date.parse(date) - Date.now(), 0);
    must(offMs <= CLOCK_OFF_MAX_MS, `${Math.round(offMs / 1000)} s off, or this machine is`);
    return `${(offMs / 1000).toFixed(1)} s off at most`;
  });
  await report.point("Models are for sale", async () => {
    const { data } = await fetchJson(`${url}/v1/models`, models);
    must(data.length > 0, "there is none: load a catalog");
    return data.map(({ id }) => id).join(", ");
  });
  await report.point("Plans are for sale", async () => {
    const { data } = await fetchJson(`${url}/api/plans/active?limit=100`, plans);
    must(
      data.some(({ kind }) => kind === "free"),
      "there is no free plan, so nobody can sign up: load a catalog",
    );
    const sold = data.filter(({ prices }) => prices.length > 0).length;
    return `${data.length} plans, ${sold} of them with a price`;
  });
  await report.point("The API describes itself", async () => {
    const { openapi: version, paths } = await fetchJson(`${url}/openapi.json`, openapi);
    must(version.startsWith("3.1"), `version ${version}`);
    return `OpenAPI ${version}, ${Object.keys(paths).length} paths`;
  });
  await report.point("Pages have their security headers", async () => {
    const reply = await open(`${url}/`);
    await reply.text();
    must(reply.status === 200, `the page answers ${reply.status}`);
    const policy = reply.headers.get("content-security-policy") ?? "";
    must(policy.includes("default-src"), "there is no content-security-policy");
    must(!/script-src[^;]*'unsafe-inline'/.test(policy), "inline scripts are allowed");
    must(reply.headers.get("x-content-type-options") === "nosniff", "no nosniff");
    return "content-security-policy, nosniff";
  });
  await report.point("Nobody gets in without a credential", async () => {
    const key = `sk_${"0".repeat(64)}`;
    for (const headers of [{}, { authorization: `Bearer ${key}` }]) {
      for (const path of ["/api/credits", "/api/admin/users", "/v1/key"]) {
        const reply = await open(`${url}${path}`, { headers });
        await reply.text();
        must(reply.status === 401, `${path} answers ${reply.status}`);
        must(reply.headers.get("x-request-id") !== null, `${path} has no x-request-id`);
      }
    }
    return "401 without a key and with a made-up one";
  });
  await report.point("A forged webhook is refused", async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const mac = createHmac("sha256", "whsec_canary").update(`${seconds}.${FORGED}`).digest("hex");
    for (const signature of [null, "t=0,v1=0", `t=${seconds},v1=${mac}`]) {
      const reply = await open(`${url}/api/webhooks/stripe`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(signature === null ? {} : { "stripe-signature": signature }),
        },
        body: FORGED,
      });
      await reply.text();
      must(reply.status === 400, `a signature of ${signature ?? "none"} answers ${reply.status}`);
    }
    return "400 without a signature, with a broken and with a foreign one";
  });
}
