import { z } from "zod";
import { saleView } from "../billing/index.ts";
import { count, list, minor, named, time } from "../http/answer-fields.ts";
import { VISIBILITIES } from "./tables.ts";

const text = z.string().nullable();

const listing = {
  id: z.string(),
  name: z.string(),
  description: z.string(),
  avatarUrl: text,
  model: z.string(),
  greeting: text,
  tools: z.array(z.string()),
  visibility: z.enum(VISIBILITIES),
  priceMinor: minor.nullable(),
  currency: text,
  popularity: count.describe("How many other users have received a reply."),
  createdAt: time,
  updatedAt: time,
};

/** An agent as everybody may see it. */
export const listedAgentView = named("ListedAgent", listing);
export type ListedAgentView = z.infer<typeof listedAgentView>;

/** An agent as its creator sees it. */
export const ownAgentView = named("OwnAgent", {
  ...listing,
  systemPrompt: z.string(),
  access: z.literal("own"),
});
export type OwnAgentView = z.infer<typeof ownAgentView>;

/** An agent as another user sees it. */
export const othersAgentView = named("OthersAgent", {
  ...listing,
  access: z.enum(["licensed", "free"]).nullable().describe("Null if it is listed but not bought."),
});
export type OthersAgentView = z.infer<typeof othersAgentView>;

export const anyAgentView = z.union([ownAgentView, othersAgentView]);

/** A sale of a licence as the agent's creator sees it. */
const agentSaleView = named("AgentSale", {
  orderId: z.string(),
  agentId: text,
  title: z.string(),
  currency: saleView.shape.currency,
  amountMinor: minor,
  paidMinor: minor,
  refundedMinor: minor,
  shareMinor: minor.describe("The creator's share, after refunds."),
  operatorShareMinor: minor,
  earnedMinor: minor,
  status: saleView.shape.status,
  soldAt: time,
});
export type AgentSaleView = z.infer<typeof agentSaleView>;

export const earningsView = list(agentSaleView);
