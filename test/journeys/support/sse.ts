import { createParser } from "eventsource-parser";
import { z } from "zod";

const chunk = z.looseObject({
  choices: z
    .array(z.looseObject({ delta: z.looseObject({ content: z.string().nullish() }) }))
    .default([]),
});

const parseJson = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
};

/** Parses the data of each complete event of a stream, in order. */
export function parseEvents(stream: string): readonly string[] {
  const events: string[] = [];
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(stream);
  return events;
}

/** Parses the text of a stream of completions. */
export const parseContent = (stream: string): string =>
  parseEvents(stream)
    .flatMap((data) => chunk.safeParse(parseJson(data)).data?.choices ?? [])
    .map(({ delta }) => delta.content ?? "")
    .join("");
