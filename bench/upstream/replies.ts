/** The number of text chunks of a streamed reply. */
const CHUNKS = 50;
/** The usage that every reply reports, streamed or not. */
const USAGE = { prompt_tokens: 60, completion_tokens: CHUNKS, total_tokens: 60 + CHUNKS };

/** The cost of such a reply if every token costs one microcredit. */
export const CHAT_MICROCREDITS = USAGE.total_tokens;

const WORDS = "a fare box takes the fare before the ride and gives change after it ".split(
  /(?<= )/,
);
const word = (index: number): string => WORDS[index % WORDS.length] ?? "";
const TEXT = Array.from({ length: CHUNKS }, (_, index) => word(index)).join("");
const SHARED = {
  id: "chatcmpl-bench0123456789",
  created: 1_795_000_000,
  model: "bench",
  system_fingerprint: "fp_bench",
};

const json = JSON.stringify({
  ...SHARED,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: TEXT, refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: USAGE,
});

const chunk = (choices: object[], usage: object | null): string =>
  `data: ${JSON.stringify({ ...SHARED, object: "chat.completion.chunk", choices, usage })}\n\n`;

const frames = [
  ...Array.from({ length: CHUNKS }, (_, index) =>
    chunk(
      [{ index: 0, delta: { content: word(index) }, logprobs: null, finish_reason: null }],
      null,
    ),
  ),
  chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }], null),
  chunk([], USAGE),
  "data: [DONE]\n\n",
];

const httpChunk = (data: string): string =>
  `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`;

/** The time that the model `slow` takes to its first token. */
export const FIRST_TOKEN_MS = 200;

/** Complete HTTP responses, ready to be written. */
export const JSON_ANSWER = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
    `content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
);
export const STREAM_HEAD = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n" +
    "transfer-encoding: chunked\r\n\r\n",
);
/** Each frame is an HTTP chunk of its own, as model servers send them. */
export const STREAM_FRAMES = frames.map((frame) => Buffer.from(httpChunk(frame)));
export const STREAM_END = Buffer.from("0\r\n\r\n");
export const WHOLE_STREAM = Buffer.concat([STREAM_HEAD, ...STREAM_FRAMES, STREAM_END]);
