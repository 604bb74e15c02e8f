import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";

/**
 * The first letter of an agent's name. It is decorative: the name stands beside it. An agent's
 * picture is at a host that its creator chose, who would learn from it who reads the page.
 */
export const Avatar = ({ agent: { name } }: { agent: { readonly name: string } }) => (
  <span class="avatar" aria-hidden="true">
    {Array.from(name)[0]?.toUpperCase()}
  </span>
);

/** Formats the price of a licence to an agent. */
export const formatLicensePrice = (
  c: PageContext,
  { priceMinor, currency }: { priceMinor: number | null; currency: string | null },
): string =>
  priceMinor === null || currency === null
    ? c.var.words.agents.free
    : formatMoney(c, priceMinor, currency);

/** Returns the path of a new conversation with an agent. */
export const chatPath = (agentId: string): string => `/chat?agent=${encodeURIComponent(agentId)}`;
