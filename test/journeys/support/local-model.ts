import { z } from "zod";
import { waitFor } from "../../../dev/demo/checks.ts";

const calls = z.array(
  z.object({
    request: z.object({ messages: z.array(z.object({ content: z.string() })) }).nullable(),
    framesSent: z.number(),
    outcome: z.enum(["complete", "cancelled", "broken"]).nullable(),
  }),
);
/** A chat as the local model recorded it. */
export type Call = z.infer<typeof calls>[number];

/** Waits for the one call with this prompt. */
export const waitForCall = (modelUrl: string, prompt: string): Promise<Call> =>
  waitFor("the call of the model", async () => {
    const recorded = calls.parse(await (await fetch(`${modelUrl}/_local/calls`)).json());
    return recorded.find(({ request }) => request?.messages.at(-1)?.content === prompt);
  });

/** Waits until the one call with this prompt has ended. */
export const waitForEndedCall = (modelUrl: string, prompt: string): Promise<Call> =>
  waitFor("the end of the call of the model", async () => {
    const call = await waitForCall(modelUrl, prompt);
    return call.outcome === null ? undefined : call;
  });
