import { beforeEach, expect, it } from "vitest";
import { call, readError } from "../support/call.ts";
import { standInModel } from "../support/model.ts";
import { signUp } from "../support/sign-up.ts";

/** The requests a minute of the default catalog's Free plan. */
const LIMIT = 60;
const NOBODYS = "0".repeat(32);

beforeEach(() => {
  standInModel();
});

it("a turn that comes to nothing is a request of the plan's too", async () => {
  const { token } = await signUp();
  const body = { message: "Hello" };
  const ways = [
    () => call("POST", `/api/agents/agt_${NOBODYS}/messages`, { token, body }),
    () => call("POST", `/api/characters/agt_${NOBODYS}/messages`, { token, body }),
    () => call("POST", `/api/conversations/cnv_${NOBODYS}/messages`, { token, body }),
    () => call("POST", "/api/chat", { token, body: { ...body, agentId: `agt_${NOBODYS}` } }),
    () => call("POST", "/api/chat", { token, body: { ...body, model: "nobody's" } }),
  ];
  let refused: Response | undefined;
  let count = 0;
  // Two minutes' at most, if one ends in between.
  for (; refused === undefined && count <= 2 * LIMIT; count += 1) {
    const response = await ways[count % ways.length]?.();
    if (response?.status === 429) refused = response;
    else expect(response?.status).toBe(404);
  }
  expect(count).toBeGreaterThan(LIMIT);
  expect(refused?.headers.get("x-ratelimit-limit-requests")).toBe(String(LIMIT));
  expect(refused?.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await readError(refused ?? Response.error())).toMatchObject({
    code: "rate_limit_exceeded",
  });
});

it("a turn that is answered is one request, and not two", async () => {
  const { token } = await signUp();
  const left: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const response = await call("POST", "/api/chat", { token, body: { message: "Hello" } });
    expect(response.status).toBe(200);
    left.push(Number(response.headers.get("x-ratelimit-remaining-requests")));
  }
  for (const [turn, remaining] of left.entries()) {
    const before = left[turn - 1] ?? LIMIT;
    // A minute may end in between.
    expect([before - 1, LIMIT - 1]).toContain(remaining);
  }
});
