import { hc } from "hono/client";
import type { AppType } from "../../src/wire.ts";

/** The address of your Farebox. */
const FAREBOX = "http://localhost:8787";

interface Session {
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

const stored = sessionStorage.getItem("session");
let session: Session | null = stored === null ? null : JSON.parse(stored);

/** Returns the address of who is signed in, or null. */
export const signedInEmail = (): string | null => session?.email ?? null;

function setSession(next: Session | null): void {
  session = next;
  if (next === null) sessionStorage.removeItem("session");
  else sessionStorage.setItem("session", JSON.stringify(next));
}

const { api: plainApi } = hc<AppType>(FAREBOX);

let refreshing: Promise<void> | null = null;

/**
 * Exchanges the refresh token for a new pair. It works once, so that requests which end at the same
 * time share one exchange.
 */
function refresh(): Promise<void> {
  refreshing ??= (async () => {
    const { email, refreshToken } = session ?? { email: "", refreshToken: "" };
    const pair = await (await plainApi.auth.refresh.$post({ json: { refreshToken } })).json();
    setSession("error" in pair ? null : { email, ...pair });
  })().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Sends a request with the access token, which lasts 15 minutes, and renews it once. */
async function authorizedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const send = () => {
    const headers = new Headers(init?.headers);
    if (session !== null) headers.set("authorization", `Bearer ${session.accessToken}`);
    return fetch(input, { ...init, headers });
  };
  const response = await send();
  if (response.status !== 401 || session === null) return response;
  await refresh();
  return session === null ? response : await send();
}

/** Farebox's API, as whoever is signed in. Every route and field is typed. */
export const { api } = hc<AppType>(FAREBOX, { fetch: authorizedFetch });

const askFor = (question: string): string => prompt(question) ?? "";

/** Signs in, by a code of the second factor where there is one. Returns a problem, or null. */
export async function signIn(email: string, password: string): Promise<string | null> {
  const answer = await (await plainApi.auth.login.$post({ json: { email, password } })).json();
  if ("error" in answer) return answer.error.message;
  if (!("challengeId" in answer)) {
    setSession({ email, ...answer });
    return null;
  }
  const code = askFor("The code of your authenticator app:");
  const ended = await (
    await plainApi.auth.login["second-factor"].$post({
      json: { challengeId: answer.challengeId, code },
    })
  ).json();
  if ("error" in ended) return ended.error.message;
  setSession({ email, ...ended });
  return null;
}

/** Creates an account. Where its address must be proved first, asks for the code in the mail. */
export async function signUp(email: string, password: string): Promise<string | null> {
  const begun = await (await plainApi.auth.register.$post({ json: { email, password } })).json();
  if ("error" in begun) return begun.error.message;
  if (!("verificationId" in begun)) {
    setSession({ email, ...begun });
    return null;
  }
  const code = askFor("The code in the mail that we sent you:");
  const confirmed = await (
    await plainApi.auth.register.confirm.$post({
      json: { verificationId: begun.verificationId, code },
    })
  ).json();
  if ("error" in confirmed) return confirmed.error.message;
  setSession({ email, ...confirmed });
  return null;
}

/** Ends the session, here and at Farebox. */
export async function signOut(): Promise<void> {
  const { refreshToken } = session ?? { refreshToken: "" };
  await plainApi.auth.logout.$post({ json: { refreshToken } });
  setSession(null);
}
