import type { Plan } from "../options.ts";

/**
 * The measured targets: the bare passthrough (`floor`), the same with one RPC that does nothing
 * (`rpc`), the same with two that write a row each (`rows`), Farebox's accounts with little around
 * them (`bare`), Farebox, and another gateway, on the Node of its image and on ours.
 */
export type TargetName = "floor" | "rpc" | "rows" | "bare" | "farebox" | "portkey" | "portkey-new";

/** One kind of chat, at some numbers of connections, by some number of users. */
export interface Case {
  readonly id:
    | "json"
    | "json-one"
    | "json-many"
    | "sse"
    | "sse-hide"
    | "sse-cost"
    | "paced"
    | "paced-hide";
  readonly title: string;
  readonly users: number;
  readonly connections: readonly number[];
  readonly targets: readonly TargetName[];
  readonly body: object;
}

const MESSAGES = [
  {
    role: "system",
    content:
      "You are the conductor of a tram. Answer in one short paragraph, " +
      "and never promise a free ride.",
  },
  {
    role: "user",
    content:
      "What is a fare box for, when is the fare taken, " +
      "and what happens to the change after the ride?",
  },
];
const chatBody = (model: "bench" | "paced" | "slow", more: object): object => ({
  model,
  messages: MESSAGES,
  max_tokens: 200,
  ...more,
});

const USAGE_REQUESTED = { stream: true, stream_options: { include_usage: true } };

export const JSON_BODY = chatBody("bench", {});
export const SSE_BODY = chatBody("bench", USAGE_REQUESTED);
export const SLOW_BODY = chatBody("slow", USAGE_REQUESTED);
export const SSE_NO_USAGE_BODY = chatBody("bench", { stream: true });

/** Lists all measured cases. The short form has the three kinds of chat, once each. */
export function cases(plan: Plan): Case[] {
  const short = plan.mode === "short";
  const allTargets = ["floor", "farebox", "portkey", "portkey-new"] as const;
  const pair = ["floor", "farebox"] as const;
  const connectionCounts = short ? [16] : [1, 16, 64];
  const busyCounts = short ? [16] : [16, 64];
  const core: Case[] = [
    {
      id: "json",
      title: "JSON",
      users: 64,
      connections: connectionCounts,
      targets: ["floor", "rpc", "rows", "bare", ...allTargets.slice(1)],
      body: JSON_BODY,
    },
    {
      id: "sse",
      title: "SSE, client asked for usage",
      users: 64,
      connections: connectionCounts,
      targets: allTargets,
      body: SSE_BODY,
    },
    {
      id: "sse-hide",
      title: "SSE, client did not ask for usage",
      users: 64,
      connections: busyCounts,
      targets: pair,
      body: SSE_NO_USAGE_BODY,
    },
  ];
  if (short) return core;
  return [
    ...core,
    {
      id: "sse-cost",
      title: "SSE, cost in the usage chunk",
      users: 64,
      connections: busyCounts,
      targets: pair,
      body: chatBody("bench", { stream: true, usage: { include: true } }),
    },
    {
      id: "json-one",
      title: "JSON, one user",
      users: 1,
      connections: busyCounts,
      targets: ["farebox"],
      body: JSON_BODY,
    },
    {
      id: "json-many",
      title: "JSON, 1000 users",
      users: 1000,
      connections: [64],
      targets: ["farebox"],
      body: JSON_BODY,
    },
    {
      id: "paced",
      title: "SSE at 20 ms a frame, asked for usage",
      users: 64,
      connections: [64],
      targets: allTargets,
      body: chatBody("paced", USAGE_REQUESTED),
    },
    {
      id: "paced-hide",
      title: "SSE at 20 ms a frame, did not ask",
      users: 64,
      connections: [64],
      targets: pair,
      body: chatBody("paced", { stream: true }),
    },
  ];
}

/** The number of users that all cases need. */
export const MAX_USERS = 1000;
