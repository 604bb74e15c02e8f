import { errorBody } from "../http/respond.ts";
import { toCredits } from "../units.ts";
import { costInCredits, measureChat, usageHeaders } from "./answer.ts";
import type { Frame } from "./frames.ts";
import type { Relay, RelayContext } from "./relay.ts";
import { relayEdited } from "./relay-edited.ts";
import type { ActiveChat, OwnUsage } from "./types.ts";

/** A reply on its way to the client. */
interface StreamAnswer extends Relay {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The frame of a reply that broke off, in OpenAI's shape, as its SDKs raise it. After a blank line,
 * since the vendor may have broken off within a frame.
 */
const BROKE_OFF = `\n\ndata: ${JSON.stringify(
  errorBody({ code: "upstream_error", message: "The model provider cut this reply short." }, ""),
)}\n\n`;

/**
 * Begins to relay an upstream's stream. Its bytes are read only where the wire's promises need it:
 * for the model's name, which is the one that was asked for; to keep the usage chunk from a client
 * that did not ask for it, and to add the cost for one that did; and to hide its vendor.
 */
export function answerStream(
  chat: ActiveChat,
  upstream: ReadableStream<Uint8Array>,
  surroundings: Omit<RelayContext, "brokeOff">,
): StreamAnswer {
  const { wantsUsage, wantsCost, model } = chat.request;
  const context = { ...surroundings, brokeOff: BROKE_OFF };
  const { transcript } = context;
  const priceUsage = (frame: Frame): OwnUsage => {
    const replyText = {
      get text() {
        return transcript.text + frame.text;
      },
    };
    const measured = measureChat(chat, transcript.usageWith(frame), replyText);
    return { cost: costInCredits(chat, measured), generation_id: chat.generationId };
  };
  const shownUsage = wantsUsage ? "as_it_came" : "hidden";
  const relay = relayEdited(upstream, context, {
    model,
    usage: wantsCost ? priceUsage : shownUsage,
    cover: chat.cover,
  });
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...usageHeaders(chat, toCredits(chat.hold.availableMicrocredits)),
  };
  return { headers, ...relay };
}
