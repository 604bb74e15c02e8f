import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type KeptMail, Mailbox } from "../../dev/mailbox/mailbox.ts";
import { app } from "../../src/app.ts";
import { runCron } from "../../src/cron.ts";
import type { Env } from "../../src/env.ts";
import { testContext } from "./context.ts";
import { fakeNetwork } from "./fake-network.ts";

const KEY = "re_test";
const HOST = "resend.test";

/** The fields of answers that tests use. */
interface AnswerBody {
  readonly verificationId?: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly user?: {
    readonly id: string;
    readonly name: string | null;
    readonly plan: { readonly slug: string };
  };
  readonly url?: string;
  readonly sealedState?: string;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A reply of the Worker. `json` has no fields where the body is empty, or a page. */
export interface MailReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: AnswerBody;
}

const readBody = async (text: string): Promise<AnswerBody> =>
  text.startsWith("{") ? await new Response(text).json<AnswerBody>() : {};

/** A Worker that sends mails, and the mailbox that gets them. */
export class MailWorker {
  readonly env: Env;
  readonly mailbox = new Mailbox(KEY);
  readonly #origin: string;

  /** @param settings settings beside those that turn mails on */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    const all = {
      MAIL_FROM: "The shop <shop@farebox.test>",
      RESEND_API_KEY: KEY,
      RESEND_API_BASE: `http://${HOST}`,
      ...settings,
    };
    this.env = Object.create(
      env,
      Object.fromEntries(
        Object.entries(all).map(([name, value]) => [name, { value, enumerable: true }]),
      ),
    );
    this.#origin = settings["PUBLIC_URL"] ?? "http://farebox.test";
    this.connect();
  }

  /**
   * Puts the mailbox on the network, from which `fakeNetwork` takes it after each test.
   * @param use is called before each mail and after it, and may throw: the connection broke off
   */
  connect(use: () => void = () => {}): void {
    fakeNetwork.standIn(HOST, async (request) => {
      use();
      const { headers } = request;
      const body = await request.text();
      const key = headers.get("idempotency-key");
      const authorization = headers.get("authorization") ?? undefined;
      const answer = this.mailbox.send(authorization, key, body, Date.now());
      use();
      return Response.json(answer.body, { status: answer.status });
    });
  }

  /** Takes the mailbox from the network: the service cannot be reached. */
  disconnect(): void {
    fakeNetwork.standIn(HOST, () => new Response("down", { status: 503 }));
  }

  get context() {
    return testContext({ env: this.env });
  }

  /** Sends a request, and waits for the mails that follow its answer. */
  async send(
    method: string,
    path: string,
    options: {
      body?: unknown;
      token?: string;
      headers?: Record<string, string>;
      cf?: CfProperties;
    } = {},
  ): Promise<MailReply> {
    const headers = new Headers(options.headers);
    if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
    if (options.body !== undefined && !headers.has("content-type"))
      headers.set("content-type", "application/json");
    const body = typeof options.body === "string" ? options.body : JSON.stringify(options.body);
    const { cf } = options;
    const request = new Request(`${this.#origin}${path}`, {
      method,
      headers,
      body: body ?? null,
      ...(cf === undefined ? {} : { cf }),
    });
    const execution = createExecutionContext();
    const response = await app.fetch(request, this.env, execution);
    const text = await response.text();
    await waitOnExecutionContext(execution);
    return { status: response.status, headers: response.headers, text, json: await readBody(text) };
  }

  post(path: string, body: unknown, token?: string): Promise<MailReply> {
    return this.send("POST", path, { body, ...(token === undefined ? {} : { token }) });
  }

  async runCron(nowMs = Date.now()): Promise<void> {
    await runCron(this.env, nowMs);
  }

  /** The mails to an address, newest first. */
  mailsTo(email: string): readonly KeptMail[] {
    return this.mailbox.mails.filter(({ to }) => to.includes(email));
  }
}

/** Returns the token of the link in a mail. */
export function tokenIn({ text }: Pick<KeptMail, "text">): string {
  const [, token] = /\?token=([\w-]+)/.exec(text) ?? [];
  if (token === undefined) throw new Error(`There is no link in: ${text}`);
  return token;
}

/** Returns the code in a mail. */
export function codeIn({ text }: Pick<KeptMail, "text">): string {
  const [code] = /^\d{6}$/m.exec(text) ?? [];
  if (code === undefined) throw new Error(`There is no code in: ${text}`);
  return code;
}

/** Returns a code that is not that of a mail. */
export const wrongCode = (mail: Pick<KeptMail, "text">): string =>
  codeIn(mail) === "000000" ? "000001" : "000000";
