import type { PageContext } from "../context.ts";
import { formatMoney } from "../format.ts";

/** An agent's picture, if it has one: it says nothing that its name does not. */
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

/** What a licence to an agent costs. */
export const formatLicensePrice = (
  c: PageContext,
  { priceMinor, currency }: { priceMinor: number | null; currency: string | null },
): string =>
  priceMinor === null || currency === null
    ? c.var.words.agents.free
    : formatMoney(c, priceMinor, currency);

/** Where one talks to an agent. */
export const chatPath = (agentId: string): string => `/chat?agent=${encodeURIComponent(agentId)}`;
