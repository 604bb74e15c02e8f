import type { MailWorker } from "./mail-worker.ts";

/** A page as a browser gets it. `location`: where a redirect leads, which is not followed. */
interface PageReply {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
  readonly headers: Headers;
}

/** A browser without scripts: keeps cookies by their path, and posts forms. */
export class PageBrowser {
  readonly #worker: MailWorker;
  readonly #options: { readonly headers?: Record<string, string>; readonly cf?: CfProperties };
  readonly #cookies = new Map<string, { value: string; path: string }>();

  /** @param options what it sends with every request: its user agent, say */
  constructor(
    worker: MailWorker,
    options: { readonly headers?: Record<string, string>; readonly cf?: CfProperties } = {},
  ) {
    this.#worker = worker;
    this.#options = options;
  }

  open(path: string): Promise<PageReply> {
    return this.#send("GET", path);
  }

  post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<PageReply> {
    return this.#send("POST", path, new URLSearchParams(fields).toString());
  }

  /** The value of a cookie that was set; undefined where there is none. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(name)?.value;
  }

  async #send(method: string, path: string, body?: string): Promise<PageReply> {
    const cookie = [...this.#cookies]
      .filter(([, kept]) => path.startsWith(kept.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const headers = {
      cookie,
      origin: "http://farebox.test",
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
      ...this.#options.headers,
    };
    const { cf } = this.#options;
    const reply = await this.#worker.send(method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
      ...(cf === undefined ? {} : { cf }),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const [, cookiePath = "/"] = /path=([^;]+)/i.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path: cookiePath });
    }
    const { status, text } = reply;
    return { status, text, location: reply.headers.get("location"), headers: reply.headers };
  }
}
