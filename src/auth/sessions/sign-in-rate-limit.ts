import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";

/** The period of AUTH_RATE_LIMIT in wrangler.toml. */
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

/**
 * Slows guessing down: a network gets a few tries a minute, in all and at each subject. The tries
 * of other networks do not count, so that nobody keeps an owner from signing in. The limit is
 * approximate and counts per location, so it is a brake and not a promise. All that names no
 * network is one.
 * @param subject an address, a user or a family of tokens
 */
export async function checkSignInRateLimit(
  limiter: Env["AUTH_RATE_LIMIT"],
  action: "register" | "login" | "refresh" | "password",
  headers: Headers,
  subject: string,
): Promise<Result<true>> {
  const network = networkOf(headers);
  const keys = [
    `${action}:subject:${subject}${network === null ? "" : `:${network}`}`,
    ...(network === null ? [] : [`${action}:network:${network}`]),
  ];
  const outcomes = await Promise.all(keys.map((key) => limiter.limit({ key })));
  if (outcomes.every((outcome) => outcome.success)) return ok(true);
  return fail("rate_limit_exceeded", "Too many tries. Wait a minute.", {
    retryAfterSeconds: PERIOD_SECONDS,
  });
}
