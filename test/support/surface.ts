import { exports } from "cloudflare:workers";
import { createParser } from "eventsource-parser";
import { expect, vi } from "vitest";
import { call } from "./call.ts";
import { type FundedUser, readAccountTotals } from "./funded-user.ts";

/** The `fetch` of clients that run in the test: it goes to the Worker. */
export const fetchWorker = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
  exports.default.fetch(new Request(input, init));

/** The options of OpenAI's client, and of those that use it, for a user. */
export const clientOptions = (user: Pick<FundedUser, "key">) => ({
  apiKey: user.key,
  baseURL: "http://farebox.test/v1",
  fetch: fetchWorker,
});

/** Sends a request with the user's key. */
export const post = (
  user: Pick<FundedUser, "key">,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> => call("POST", path, { token: user.key, body, headers });

/** An event of a stream: its name, and its JSON. */
export interface StreamEvent extends Readonly<Record<string, unknown>> {
  readonly event: string | undefined;
}

/** Reads the events of a stream to its end. Data that is no JSON is in `data`. */
export async function readEvents(response: Response): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const json: object = data.startsWith("{") ? JSON.parse(data) : { data };
      events.push({ event, ...json });
    },
  });
  parser.feed(await response.text());
  return events;
}

/** Waits until nothing is held, and expects exactly these charges, in microcredits. */
export const expectCharged = async (user: FundedUser, ...charged: readonly number[]) =>
  await vi.waitFor(async () =>
    expect(await readAccountTotals(user)).toMatchObject({ heldMicrocredits: 0, charged }),
  );
