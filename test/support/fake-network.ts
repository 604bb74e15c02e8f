type Handler = (request: Request) => Response | Promise<Response>;

const hosts = new Map<string, Handler>();
// Kept before setup.ts puts `fakeNetwork.fetch` in its place.
const realFetch = globalThis.fetch;

/** The network outside the Worker, by host name. A host without a stand-in cannot be reached. */
export const fakeNetwork = {
  /** Makes `handler` answer for a host (`stripe.test`, `model.test`) until the test ends. */
  standIn(host: string, handler: Handler): void {
    hosts.set(host, handler);
  },
  reset(): void {
    hosts.clear();
  },
  /** Sends a request over the real network, for a stand-in that listens on this machine. */
  async network(request: Request): Promise<Response> {
    const { hostname } = new URL(request.url);
    if (hostname !== "127.0.0.1")
      throw new TypeError(`${hostname} is not this machine: the network is closed in tests.`);
    return await realFetch(request);
  },
  async fetch(request: Request): Promise<Response> {
    const { hostname } = new URL(request.url);
    const handler = hosts.get(hostname);
    if (handler === undefined)
      throw new TypeError(`No stand-in for ${hostname}: the network is closed in tests.`);
    return await handler(request);
  },
};
