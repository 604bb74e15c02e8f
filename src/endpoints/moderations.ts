import { z } from "zod";
import { ok } from "../errors.ts";
import type { TaskRequest } from "./task.ts";

/** OpenAI's request. */
export const moderationBody = z.looseObject({
  model: z.string().min(1).max(200).nullish(),
  input: z.union(
    [z.string(), z.array(z.string()).min(1), z.array(z.looseObject({ type: z.string() })).min(1)],
    "must be a text, a list of texts, or a list of parts",
  ),
});
type ModerationBody = z.infer<typeof moderationBody>;

const FREE = { usage: { input: 0, cachedInput: 0, output: 0 }, estimated: false };

/**
 * Builds the task of a moderation, which costs nothing and uses up no allowance.
 * @param model the one that was named, or the operator's first
 */
export const moderate = (body: ModerationBody, model: string): TaskRequest => ({
  task: "moderation",
  model,
  fields: body,
  known: ["model", "input"],
  endpoint: { path: "/moderations", contentType: "application/json" },
  reply: "json",
  shownFields: ["id", "model", "results"],
  bound: () => ok({ promptBoundTokens: 0, maxTokens: 0, choices: 1 }),
  build: (fields, { upstreamModel }) => JSON.stringify({ ...fields, model: upstreamModel }),
  measure: ({ results }) => (Array.isArray(results) ? FREE : null),
  measureRelayed: () => FREE,
});
