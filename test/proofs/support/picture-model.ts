import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What every reply is charged by. */
export const PICTURE_USAGE = { prompt_tokens: 1000, completion_tokens: 5, total_tokens: 1005 };

const reply = (model: string) =>
  JSON.stringify({
    id: "chatcmpl-picture",
    object: "chat.completion",
    created: 1,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content: "A tram." }, finish_reason: "stop" },
    ],
    usage: PICTURE_USAGE,
  });

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/**
 * A model that keeps nothing of what it is sent, and knows one picture: a request without that
 * picture, whole, is refused.
 */
export class PictureModel {
  readonly #server: Server;
  #served = 0;

  private constructor(picture: Buffer) {
    this.#server = createServer((request, response) => {
      this.#answer(picture, request, response).catch(() => response.destroy());
    });
  }

  async #answer(
    picture: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isWhole = (await readBody(request)).includes(picture);
    if (isWhole) this.#served += 1;
    response.writeHead(isWhole ? 200 : 400, { "content-type": "application/json" });
    response.end(isWhole ? reply("large") : '{"error":{"message":"Another picture."}}');
  }

  /** @param picture as the base64 that requests hold */
  static start(picture: string, port: number): Promise<PictureModel> {
    const model = new PictureModel(Buffer.from(picture));
    return new Promise((resolve) => {
      model.#server.listen(port, "127.0.0.1", () => resolve(model));
    });
  }

  /** How many requests with the whole picture it has answered. */
  get served(): number {
    return this.#served;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
