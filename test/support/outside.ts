type Handler = (request: Request) => Response | Promise<Response>;

const hosts = new Map<string, Handler>();

/** The world outside the Worker, by host name. A host that no test stands in for cannot be reached. */
export const outside = {
  /** Lets `handler` answer for a host (`stripe.test`, `model.test`) until the test ends. */
  standIn(host: string, handler: Handler): void {
    hosts.set(host, handler);
  },
  reset(): void {
    hosts.clear();
  },
  async fetch(request: Request): Promise<Response> {
    const { hostname } = new URL(request.url);
    const handler = hosts.get(hostname);
    if (handler === undefined) throw new TypeError(`No stand-in for ${hostname}: the network is closed in tests.`);
    return await handler(request);
  },
};
