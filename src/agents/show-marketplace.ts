import type { Context } from "../context.ts";
import { type Page, toPage } from "../http/page.ts";
import { marketplacePages } from "./marketplace-cache.ts";
import { formatMarketplaceCursor, type MarketplaceQuery } from "./schemas.ts";
import { parseSearchWords } from "./search.ts";
import { showListing } from "./show.ts";
import { listListedAgents } from "./store.ts";
import type { ListedAgentView } from "./wire.ts";

/**
 * Shows a page of the marketplace, as it was within the last minute. A page of a search may have
 * fewer than its limit and yet a next one (`listListedAgents`).
 */
export async function showMarketplace(
  ctx: Context,
  { q, sort, limit, cursor: after }: MarketplaceQuery,
): Promise<Page<ListedAgentView>> {
  const words = parseSearchWords(q);
  const key = JSON.stringify([words, sort, limit, after]);
  return await marketplacePages.get(ctx, key, async () => {
    const { rows, end } = await listListedAgents(ctx.db, { words, sort, limit, after });
    const page = toPage(
      rows,
      limit,
      ({ agent }) => showListing(agent),
      ({ key, agent }) => formatMarketplaceCursor({ key, id: agent.id }),
    );
    return page.hasMore || end === undefined
      ? page
      : { ...page, hasMore: true, nextCursor: formatMarketplaceCursor(end) };
  });
}
