import { z } from "zod";
import { until } from "../../../dev/demo/report.ts";

const calls = z.array(
  z.object({
    request: z.object({ messages: z.array(z.object({ content: z.string() })) }).nullable(),
    framesSent: z.number(),
    outcome: z.enum(["complete", "cancelled", "broken"]).nullable(),
  }),
);
/** A chat as the local model saw it. */
export type Call = z.infer<typeof calls>[number];

/** The one call whose prompt is this, once it has come. */
export const callOf = (modelUrl: string, prompt: string): Promise<Call> =>
  until("the call of the model", async () => {
    const kept = calls.parse(await (await fetch(`${modelUrl}/_local/calls`)).json());
    return kept.find(({ request }) => request?.messages.at(-1)?.content === prompt);
  });

/** The same, once it has ended. */
export const endedCallOf = (modelUrl: string, prompt: string): Promise<Call> =>
  until("the end of the call of the model", async () => {
    const call = await callOf(modelUrl, prompt);
    return call.outcome === null ? undefined : call;
  });
