import {
  authorizationCodeGrantRequest,
  ClientSecretPost,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from "oauth4webapi";
import { z } from "zod";
import type { ProviderAnswer } from "./fetch-oidc-identity.ts";
import { callOptions, loadMetadata } from "./issuer-metadata.ts";
import { providerFetch } from "./provider-fetch.ts";
import { type ProviderIdentity, toIdentity } from "./provider-identity.ts";

const githubUser = z.object({ id: z.int().positive(), name: z.string().nullish() });
const githubEmails = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** Asks GitHub's API (https://docs.github.com/en/rest/users), which wants to know who asks. */
async function askApi<T extends z.ZodType>(
  url: string,
  accessToken: string,
  schema: T,
): Promise<z.infer<T>> {
  const reply = await providerFetch(url, {
    method: "GET",
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${accessToken}`,
      "user-agent": "Farebox",
      "x-github-api-version": "2022-11-28",
    },
  });
  if (!reply.ok) throw new TypeError(`GitHub answered ${reply.status}.`);
  return schema.parse(await reply.json());
}

/**
 * Exchanges the code for an access token, and asks GitHub's API who it is of: the id, and the
 * primary address if GitHub has verified it. GitHub has no ID tokens; the token is used for these
 * two calls and kept nowhere.
 * @throws what `fetch`, `oauth4webapi` and zod throw
 */
export async function fetchGithubIdentity({
  provider,
  clientSecret,
  begun,
  answer,
  nowMs,
}: ProviderAnswer): Promise<ProviderIdentity> {
  const metadata = await loadMetadata(provider, nowMs);
  const client = { client_id: provider.clientId };
  const reply = await authorizationCodeGrantRequest(
    metadata,
    client,
    ClientSecretPost(clientSecret),
    validateAuthResponse(metadata, client, answer, begun.state),
    begun.redirectUri,
    begun.codeVerifier,
    callOptions(provider),
  );
  const { access_token: token } = await processAuthorizationCodeResponse(metadata, client, reply);
  const { apiBase } = provider;
  const [user, emails] = await Promise.all([
    askApi(`${apiBase}/user`, token, githubUser),
    askApi(`${apiBase}/user/emails`, token, githubEmails),
  ]);
  const primary = emails.find((one) => one.primary);
  return toIdentity(String(user.id), primary?.email, primary?.verified, user.name);
}
