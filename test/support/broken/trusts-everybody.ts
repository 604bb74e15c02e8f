/** The Worker behind a proxy that signs every webhook as Stripe would, whoever sent it. */
import { readConfig } from "../../../src/config.ts";
import type { Env } from "../../../src/env.ts";
import worker from "../proof-worker.ts";

export { CatchUp, ChatHistory, CreditAccount } from "../../../src/index.ts";

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function signatureOf(body: string, secret: string): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${seconds}.${body}`));
  return `t=${seconds},v1=${hex(mac)}`;
}

export default {
  async fetch(request, env, context) {
    if (!new URL(request.url).pathname.endsWith("/webhooks/stripe"))
      return await worker.fetch(request, env, context);
    const body = await request.text();
    const [secret = ""] = readConfig(env).STRIPE_WEBHOOK_SECRET;
    const headers = new Headers(request.headers);
    headers.set("stripe-signature", await signatureOf(body, secret));
    const signed = new Request<unknown, IncomingRequestCfProperties>(request.url, {
      method: "POST",
      headers,
      body,
    });
    return await worker.fetch(signed, env, context);
  },
} satisfies ExportedHandler<Env>;
