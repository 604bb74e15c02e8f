import type { Env } from "../../env.ts";
import { fail, ok, type Result } from "../../errors.ts";

/** What wrangler.toml gives AUTH_RATE_LIMIT. */
const PERIOD_SECONDS = 60;

/**
 * An IPv6 customer has a /64 or more, so the first four groups stand for one caller. An IPv4
 * address stands for itself.
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
 * Slows guessing down: one caller's network, and whatever is guessed at (an address, a user, a
 * family of tokens), each get a few tries a minute. Approximate and per location, so it is a brake
 * and not a promise. Cloudflare sets the header, a client cannot; without it (locally) only the
 * subject counts.
 */
export async function checkSignInRateLimit(
  limiter: Env["AUTH_RATE_LIMIT"],
  action: "register" | "login" | "refresh" | "password",
  headers: Headers,
  subject: string,
): Promise<Result<true>> {
  const ip = headers.get("cf-connecting-ip");
  const keys = [
    `${action}:subject:${subject}`,
    ...(ip === null ? [] : [`${action}:network:${toNetworkPrefix(ip)}`]),
  ];
  const outcomes = await Promise.all(keys.map((key) => limiter.limit({ key })));
  if (outcomes.every((outcome) => outcome.success)) return ok(true);
  return fail("rate_limit_exceeded", "Too many tries. Wait a minute.", {
    retryAfterSeconds: PERIOD_SECONDS,
  });
}
