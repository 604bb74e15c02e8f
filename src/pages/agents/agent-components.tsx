import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";

/** An agent's picture, if it has one. It is decorative: the name stands beside it. */
export const Avatar = ({ agent }: { agent: { readonly avatarUrl: string | null } }) =>
  agent.avatarUrl === null ? null : (
    <img
      class="avatar"
      src={agent.avatarUrl}
      alt=""
      width={40}
      height={40}
      loading="lazy"
      referrerpolicy="no-referrer"
    />
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
