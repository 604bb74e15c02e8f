import { randomBytes } from "node:crypto";
import { z } from "zod";
import { randomIp } from "../../journeys/support/person.ts";

const session = z.object({ accessToken: z.string() });
const drift = z.object({ data: z.array(z.unknown()), nextCursor: z.string().nullable() });
/** Shorter than the 15 minutes that an access token lasts. */
const SIGNED_IN_MS = 10 * 60_000;
const DRIFT_SOURCES = ["orders", "subscriptions", "stripe_sessions", "stripe_subscriptions"];

/** An admin of the Worker at `url`, signed in whenever a request needs it. */
export class Operator {
  readonly #url: string;
  readonly #person: { readonly email: string; readonly password: string };
  #token = "";
  #signedInAtMs = 0;

  constructor(url: string, email: string) {
    this.#url = url;
    this.#person = { email, password: randomBytes(12).toString("base64url") };
  }

  async #signIn(): Promise<void> {
    const route = this.#token === "" ? "register" : "login";
    const reply = await fetch(`${this.#url}/api/auth/${route}`, {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": randomIp() },
      body: JSON.stringify(this.#person),
    });
    if (!reply.ok) throw new Error(`${route} answers ${reply.status}: ${await reply.text()}`);
    this.#token = session.parse(await reply.json()).accessToken;
    this.#signedInAtMs = Date.now();
  }

  /** Sends a request and returns the JSON of its answer. */
  async request(method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<unknown> {
    if (Date.now() > this.#signedInAtMs + SIGNED_IN_MS) await this.#signIn();
    const reply = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path} answers ${reply.status}: ${text}`);
    return JSON.parse(text);
  }

  /** Grants a user credits by hand. */
  async grantCredits(userId: string, credits: number): Promise<void> {
    await this.request("POST", `/api/admin/users/${userId}/grants`, { credits, reason: "load" });
  }

  /** Lists every difference of the drift report, from every source. */
  async listDrift(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const source of DRIFT_SOURCES) {
      for (let cursor: string | null = ""; cursor !== null; ) {
        const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const path = `/api/admin/drift?of=${source}&limit=10${after}`;
        const page: z.infer<typeof drift> = drift.parse(await this.request("GET", path));
        found.push(...page.data.map((difference) => JSON.stringify(difference)));
        cursor = page.nextCursor;
      }
    }
    return found;
  }
}
