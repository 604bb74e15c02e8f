import type { ZodType } from "zod";
import { z } from "zod";
import { DemoFailure } from "./checks.ts";

/** A client of Farebox's own API that validates every answer. */
export class Api {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  async get<T extends ZodType>(path: string, schema: T): Promise<z.infer<T>> {
    return await this.#request("GET", path, schema, null);
  }

  async post<T extends ZodType>(path: string, body: object, schema: T): Promise<z.infer<T>> {
    return await this.#request("POST", path, schema, JSON.stringify(body));
  }

  async #request<T extends ZodType>(
    method: string,
    path: string,
    schema: T,
    body: string | null,
  ): Promise<z.infer<T>> {
    const headers = new Headers();
    if (this.#token !== undefined) headers.set("authorization", `Bearer ${this.#token}`);
    if (body !== null) headers.set("content-type", "application/json");
    const reply = await fetch(`${this.url}${path}`, { method, headers, body });
    const text = await reply.text();
    if (!reply.ok) throw new DemoFailure(`${method} ${path} answers ${reply.status}: ${text}`);
    const parsed = schema.safeParse(JSON.parse(text));
    if (!parsed.success)
      throw new DemoFailure(
        `${method} ${path} answers in another shape:\n${z.prettifyError(parsed.error)}`,
      );
    return parsed.data;
  }
}

export const registered = z.object({
  user: z.object({ id: z.string(), email: z.string(), creditBalance: z.number() }),
  accessToken: z.string(),
});
export const newKey = z.object({ key: z.string().regex(/^sk_[0-9a-f]{64}$/), prefix: z.string() });
export const user = z.object({ creditBalance: z.number() });
export const usage = z.object({ messages: z.number(), meters: z.looseObject({}) });
export const plans = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.string(),
      credits: z.number(),
      unlocks: z.string().nullable(),
      models: z.array(z.string()).nullable(),
      prices: z.array(z.object({ currency: z.string(), amountMinor: z.number() })),
    }),
  ),
});
export type Plan = z.infer<typeof plans>["data"][number];
export const models = z.object({
  data: z.array(
    z.object({ id: z.string(), pricing: z.object({ input: z.number(), output: z.number() }) }),
  ),
});
export type Model = z.infer<typeof models>["data"][number];
export const checkout = z.object({
  url: z.url(),
  sessionId: z.string(),
  stripeSessionId: z.string(),
});
export const session = z.object({ orderId: z.string(), status: z.string() });
export const order = z.object({
  id: z.string(),
  status: z.string(),
  credits: z.number(),
  failureReason: z.string().nullable(),
});
export const credits = z.object({ posted: z.number(), held: z.number(), available: z.number() });
export const ledger = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      amount: z.number(),
      balanceAfter: z.number(),
      description: z.string(),
    }),
  ),
  hasMore: z.boolean(),
  nextCursor: z.string().nullable(),
});
export type Entry = z.infer<typeof ledger>["data"][number];
