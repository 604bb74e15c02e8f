/** Code samples, which are the same in every language of the pages. */

export const signInSample = (origin: string): string => `curl ${origin}/api/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{"email": "you@example.com", "password": "…"}'

# {"user": {…}, "accessToken": "eyJ…", "refreshToken": "…"}`;

export const keySample = (origin: string): string => `curl ${origin}/api/api-keys \\
  -H "Authorization: Bearer $ACCESS_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"name": "my server", "budget": {"credits": 50, "period": "month"}}'

# {"id": "key_…", "key": "sk_…"}`;

export const curlSample = (
  origin: string,
  model: string,
): string => `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $FAREBOX_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}], "stream": true}'`;

export const openAiSample = (origin: string, model: string): string => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: process.env.FAREBOX_KEY });

const stream = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Hello" }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");`;

export const listSample = `GET /api/credits/ledger?limit=20
{"object": "list", "data": […], "hasMore": true, "nextCursor": "417"}

GET /api/credits/ledger?limit=20&cursor=417`;

export const errorSample = `{
  "error": {
    "message": "limit: must be at most 100",
    "type": "invalid_request_error",
    "code": "invalid_request",
    "param": "limit"
  }
}`;

export const idempotencySample = (origin: string): string => `curl ${origin}/api/checkout \\
  -H "Authorization: Bearer $FAREBOX_KEY" \\
  -H "Idempotency-Key: 8e0f6f0e-order-1001" \\
  -H "Content-Type: application/json" \\
  -d '{"planId": "starter", "currency": "usd"}'`;
