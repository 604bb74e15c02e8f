import { fakeNetwork } from "./fake-network.ts";

const frame = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;

/**
 * Frames as model providers send them, one by one, for tests of what the local model
 * (`standInModel`) does not do.
 */
export const upstreamFrames = {
  frame,
  /** Returns a frame with some text. `more` is added beside `choices`. */
  says: (content: string, more: object = {}): string =>
    frame({ choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more }),
  finishes: (reason: string, more: object = {}): string =>
    frame({ choices: [{ index: 0, delta: {}, finish_reason: reason }], ...more }),
  done: "data: [DONE]\n\n",
};

/** Makes the upstream answer every request with exactly this stream, until the test ends. */
export function stubUpstreamStream(...frames: readonly string[]): void {
  const headers = { "content-type": "text/event-stream" };
  fakeNetwork.standIn("model.test", () => new Response(frames.join(""), { headers }));
}

/** Makes the upstream answer every request with exactly this JSON, until the test ends. */
export function stubUpstreamJson(json: unknown, status = 200): void {
  fakeNetwork.standIn("model.test", () => Response.json(json, { status }));
}
