import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { expect, it, onTestFinished } from "vitest";
import { createLocalStripe, type LocalStripe } from "../../dev/stripe/app.ts";

const SCRIPT = fileURLToPath(new URL("../../dev/stripe-sandbox.ts", import.meta.url));
const KEY = "sk_test_local";

/** Serves a local Stripe until the test ends. */
async function serveStripe(
  answer: (local: LocalStripe, request: Request) => Promise<Response>,
): Promise<{ base: string; local: LocalStripe }> {
  const local = createLocalStripe({ origin: "http://127.0.0.1", secretKey: KEY });
  const fetch = (request: Request) => answer(local, request);
  const address = await new Promise<AddressInfo>((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, resolve);
    onTestFinished(() => {
      server.close();
    });
  });
  return { base: `http://127.0.0.1:${address.port}`, local };
}

/** Runs the script as `npm run stripe:sandbox` does. */
function run(key: string, base: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [SCRIPT, "--base", base], {
    env: { ...process.env, STRIPE_SECRET_KEY: key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part: Buffer) => {
      text += part.toString();
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}

it("every point that the local Stripe has holds, and nothing is left", async () => {
  const { base, local } = await serveStripe((stripe, request) => stripe.fetch(request));
  const { code, text } = await run(KEY, base);
  expect(text).not.toContain("✗");
  expect(text.match(/^✓ .*: holds \(.+\)$/gm)).toHaveLength(14);
  // The local Stripe knows no debits of this kind.
  expect(text).toMatch(/^– A first bank debit .*: could not be tried \(.+\)$/m);
  expect(text).toContain("14 hold, 0 do not, 1 could not be tried.");
  expect(code).toBe(0);
  expect(text).not.toContain("not removed");
  const { subscriptions, meters, prices, promotionCodes } = local.control.snapshot();
  const isOver = (status: string) =>
    ["canceled", "inactive", "incomplete_expired"].includes(status);
  expect(Object.values(subscriptions).filter((one) => !isOver(one.status))).toEqual([]);
  expect(Object.values(meters).filter((one) => !isOver(one.status))).toEqual([]);
  expect(Object.values(prices).filter((one) => one.active)).toEqual([]);
  expect(Object.values(promotionCodes).filter((one) => one.active)).toEqual([]);
});

it("a wrong answer is seen, with what was asked and answered", async () => {
  const { base } = await serveStripe(async (stripe, request) => {
    const response = await stripe.fetch(request);
    const text = await response.text();
    return new Response(text.replace("already exists with identifier", "is there:"), {
      status: response.status,
      headers: response.headers,
    });
  });
  const { code, text } = await run(KEY, base);
  expect(text).toMatch(/^✗ A meter event with a used identifier .*: does not hold \(An event is/m);
  expect(text).toContain("  > billing.meterEvents.create {");
  expect(text).toMatch(/^ {2}< \{"status":400,.*is there:/m);
  expect(text).toContain("13 hold, 1 do not, 1 could not be tried.");
  expect(code).toBe(1);
});

it.each(["sk_live_abc", "rk_live_abc", "", "pk_test_abc"])(
  "the key %s is refused, and nothing is asked",
  async (key) => {
    const { code, text } = await run(key, "http://127.0.0.1:1");
    expect(text).toContain("live keys are refused");
    expect(code).toBe(2);
  },
);
