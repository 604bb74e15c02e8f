import { Agent, request } from "node:http";
import { sleep } from "../machine/scratch.ts";

const PAUSE_MS = 4;

export interface TimedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/**
 * Sends one request over a kept-alive connection. Returns the time until the first byte of the
 * body, in ms.
 */
function firstByteMs(agent: Agent, { url, headers, body }: TimedRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const sentAt = performance.now();
    const length = { "content-type": "application/json", "content-length": bytes.length };
    const clientRequest = request(
      url,
      { method: "POST", agent, headers: { ...headers, ...length } },
      (reply) => {
        let first: number | undefined;
        reply.on("data", () => {
          first ??= performance.now() - sentAt;
        });
        reply.once("error", reject);
        reply.once("end", () => {
          if (reply.statusCode !== 200 || first === undefined)
            reject(new Error(`${url} answered ${reply.statusCode}`));
          else resolve(first);
        });
      },
    );
    clientRequest.once("error", reject);
    clientRequest.end(bytes);
  });
}

/** Sends each request `times` times in turn, one at a time. Returns the times of each, in order. */
export async function timeFirstBytes(
  requests: readonly TimedRequest[],
  times: number,
): Promise<number[][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const measured: number[][] = requests.map(() => []);
  for (let n = 0; n < times; n++) {
    // Each is the first of a round equally often, and the pause lets the work of the one before
    // end.
    for (let offset = 0; offset < requests.length; offset++) {
      const index = (n + offset) % requests.length;
      const timedRequest = requests[index];
      if (timedRequest === undefined) continue;
      await sleep(PAUSE_MS);
      measured[index]?.push(await firstByteMs(agent, timedRequest));
    }
  }
  agent.destroy();
  return measured;
}
