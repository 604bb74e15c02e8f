import { issuerApp } from "../../dev/issuer/app.ts";
import { LocalIssuer } from "../../dev/issuer/issuer.ts";
import { fakeNetwork } from "./fake-network.ts";

const CLIENT = { id: "farebox", secret: "the client's own secret" };
const REDIRECT_ORIGINS = ["http://farebox.test", "http://shop.test", "https://farebox.example"];

/** What somebody types on the issuer's page. */
export interface TypedPerson {
  readonly email: string;
  readonly name?: string;
  readonly isVerified?: boolean;
  /** That of the address without it. */
  readonly subject?: string;
  /** Whether the person cancels. */
  readonly denies?: boolean;
}

/** An issuer on the network, with settings by which the Worker knows it under two ids. */
export class TestIssuer {
  readonly host = `issuer-${crypto.randomUUID()}.test`;
  readonly origin = `https://${this.host}`;
  readonly issuer = new LocalIssuer({
    issuer: this.origin,
    client: {
      ...CLIENT,
      redirectUris: REDIRECT_ORIGINS.flatMap((origin) =>
        ["local", "hub"].map((id) => `${origin}/login/${id}/callback`),
      ),
    },
  });
  readonly #app = issuerApp(this.issuer);
  /** The requests that it got, newest last: their methods and paths. */
  readonly requests: string[] = [];

  /** The settings of a Worker whose people sign in by it: as OpenID Connect, and as GitHub. */
  get settings() {
    const client = { clientId: CLIENT.id, clientSecretVar: "ISSUER_SECRET" };
    const providers = {
      local: { issuer: this.origin, name: "The issuer", ...client },
      hub: {
        type: "github",
        issuer: `${this.origin}/github/login/oauth`,
        apiBase: `${this.origin}/github`,
        ...client,
      },
    };
    return { SIGN_IN_PROVIDERS: JSON.stringify(providers), ISSUER_SECRET: CLIENT.secret };
  }

  /** Puts it on the network, from which `fakeNetwork` takes it after each test. */
  connect(): void {
    fakeNetwork.standIn(this.host, async (request) => {
      request.signal.throwIfAborted();
      this.requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return await this.#app.fetch(request);
    });
  }

  /**
   * Signs a person in on its page, as a browser does.
   * @param url the page to which the Worker sent the browser
   * @returns where the issuer sends the browser back to
   */
  async signIn(url: string, person: TypedPerson): Promise<URL> {
    const { email, name = "Rider", isVerified = true, subject = "", denies = false } = person;
    const page = new URL(url);
    const form = new URLSearchParams(page.search);
    form.set("login_email", email);
    form.set("login_name", name);
    form.set("login_subject", subject);
    form.set("login_action", denies ? "deny" : "allow");
    if (isVerified) form.set("login_verified", "yes");
    const body = form.toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const path = page.origin + page.pathname;
    const reply = await this.#app.fetch(new Request(path, { method: "POST", headers, body }));
    const location = reply.headers.get("location");
    if (location === null) throw new Error(`The issuer refused: ${await reply.text()}`);
    return new URL(location);
  }
}
