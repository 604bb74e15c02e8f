import { type ClientRequest, type IncomingMessage, request } from "node:http";

/** A chat over a socket that a test can destroy. */
export interface RawChat {
  /** Returns the text received so far. */
  readonly received: () => string;
  /** Resolves when `enough` accepts the text received so far. */
  readonly until: (enough: (received: string) => boolean) => Promise<void>;
  /** Destroys the socket, as a client does that crashes or loses its network. */
  readonly destroy: () => void;
}

/** Sends a chat completion and returns control of its socket at once, before any response. */
export function rawChat(url: string, key: string, body: object): RawChat {
  let received = "";
  /** Called with every piece of the response. */
  let notify: (() => void) | null = null;
  let fail: ((error: Error) => void) | null = null;
  const onResponse = (reply: IncomingMessage): void => {
    reply.setEncoding("utf8");
    reply.on("data", (text: string) => {
      received += text;
      notify?.();
    });
    // After the end of the response, nothing more will come.
    reply.on("close", () =>
      fail?.(new Error(`the reply ended (${reply.statusCode}) after: ${received}`)),
    );
    reply.on("error", () => {});
  };
  const chat: ClientRequest = request(
    `${url}/v1/chat/completions`,
    {
      method: "POST",
      agent: false,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    },
    onResponse,
  );
  chat.on("error", (error) => fail?.(error));
  chat.end(JSON.stringify(body));
  return {
    received: () => received,
    until: (enough) =>
      new Promise((resolve, reject) => {
        fail = reject;
        const check = (): void => {
          if (enough(received)) resolve();
        };
        notify = check;
        check();
      }),
    destroy: () => chat.destroy(),
  };
}
