import { z } from "zod";

const targets = z.array(z.object({ id: z.string(), webSocketDebuggerUrl: z.string() }));
const message = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** A DevTools protocol client for one Worker of a workerd process. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#onMessage(String(event.data)));
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The inspector hung up."));
      this.#waiting.clear();
    });
  }

  /** Connects to the Worker of this name. */
  static async connect(port: number, worker: string): Promise<Inspector> {
    const listed = await fetch(`http://127.0.0.1:${port}/json`);
    const found = targets.parse(await listed.json()).find(({ id }) => id.includes(worker));
    if (found === undefined) throw new Error(`workerd's inspector knows no Worker ${worker}.`);
    const socket = new WebSocket(found.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("The inspector does not answer.")), {
        once: true,
      });
    });
    return new Inspector(socket);
  }

  call(method: string, params: object = {}): Promise<unknown> {
    this.#sent += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#sent, waiting);
    this.#socket.send(JSON.stringify({ id: this.#sent, method, params }));
    return waiting.promise;
  }

  close(): void {
    this.#socket.close();
  }

  #onMessage(text: string): void {
    const { id, result, error } = message.parse(JSON.parse(text));
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(error.message));
  }
}
