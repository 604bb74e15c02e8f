import { MinuteCache } from "../http/minute-cache.ts";
import type { Page } from "../http/page.ts";
import type { ListedAgentView } from "./wire.ts";

/**
 * Pages of the marketplace. Whatever changes an agent that was ever listed clears them, so that its
 * creator sees the change at once; the number of its conversations may lag a minute behind.
 */
export const marketplacePages = new MinuteCache<Page<ListedAgentView>>();

/** Forgets the pages of the marketplace, after a creator was suspended or resumed. */
export const forgetMarketplacePages = (): void => marketplacePages.clear();
