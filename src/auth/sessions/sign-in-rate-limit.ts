import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";

/** The period of the bindings in wrangler.toml, which have the numbers. */
const PERIOD_SECONDS = 60;

/**
 * Returns the part of an address that stands for one caller. An IPv6 customer has a /64 or more, so
 * that is the first four groups; an IPv4 address stands for itself.
 */
export function toNetworkPrefix(ip: string): string {
  if (!ip.includes(":") || ip.includes(".")) return ip;
  const [head = "", tail] = ip.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array<string>(zeros).fill("0"), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/**
 * Returns the network that a request comes from: an IPv4 address or an IPv6 /64. Cloudflare sets
 * the header that names the address, and a client cannot. Null without it.
 */
export function networkOf(headers: Headers): string | null {
  const ip = headers.get("cf-connecting-ip");
  return ip === null ? null : toNetworkPrefix(ip);
}

/** Returns whether a request comes from this machine: over Cloudflare's network none does. */
export function isLoopback(headers: Headers): boolean {
  const ip = headers.get("cf-connecting-ip") ?? "";
  return ip === "::1" || ip.startsWith("127.");
}

/** Returns the IPv6 /48 of a network, which one customer may have; null for an IPv4 address. */
export const siteOf = (network: string): string | null =>
  network.includes(".") ? null : network.split(":").slice(0, 3).join(":");

/** The keys by which tries are counted. `wide` are for many networks together. */
interface TryKeys {
  readonly narrow: readonly string[];
  readonly wide: readonly string[];
}

/** Returns the part of a network that a provider has: an IPv6 /32, or 256 IPv4 addresses. */
const providerOf = (network: string): string =>
  network.includes(".") ? network.replace(/\.\d+$/, "") : network.split(":").slice(0, 2).join(":");

/**
 * Returns the keys of a try. Somebody who guesses at one address from ever other networks is slowed
 * down by the address, and somebody who signs up from them by what the networks have in common.
 */
function keysOf(action: SignInAction, network: string | null, subject: string): TryKeys {
  if (network === null) return { narrow: [`${action}:subject:${subject}`], wide: [] };
  const site = siteOf(network);
  const siteKeys = site === null ? [] : [`${action}:site:${site}`];
  const own = [`${action}:subject:${subject}:${network}`, `${action}:network:${network}`];
  return action === "register"
    ? { narrow: [...own, ...siteKeys], wide: [`${action}:provider:${providerOf(network)}`] }
    : { narrow: own, wide: [`${action}:subject:${subject}`, ...siteKeys] };
}

type SignInAction =
  | "register"
  | "login"
  | "refresh"
  | "password"
  | "confirm"
  | "forgot"
  | "provider";

/**
 * Slows guessing down: a network gets a few tries a minute (AUTH_RATE_LIMIT), in all and at each
 * subject. All networks together get far more at one subject (ANONYMOUS_RATE_LIMIT), so that nobody
 * easily keeps an owner from signing in. Signing up is limited for a whole site too, so that one
 * customer of an IPv6 provider does not sign up from 65,536 networks. The limits are approximate
 * and count per location, so they are brakes and not promises. All that names no network is one.
 * @param subject an address, a user or a family of tokens
 */
export async function checkSignInRateLimit(
  limits: Pick<Env, "AUTH_RATE_LIMIT" | "ANONYMOUS_RATE_LIMIT">,
  action: SignInAction,
  headers: Headers,
  subject: string,
): Promise<Result<true>> {
  const { narrow, wide } = keysOf(action, networkOf(headers), subject);
  const outcomes = await Promise.all([
    ...narrow.map((key) => limits.AUTH_RATE_LIMIT.limit({ key })),
    ...wide.map((key) => limits.ANONYMOUS_RATE_LIMIT.limit({ key })),
  ]);
  if (outcomes.every((outcome) => outcome.success)) return ok(true);
  return fail("rate_limit_exceeded", "Too many attempts. Wait a minute, then try again.", {
    retryAfterSeconds: PERIOD_SECONDS,
  });
}
