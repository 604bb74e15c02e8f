import { expect, it } from "vitest";
import { z } from "zod";
import { call } from "../support/call.ts";
import { takeTurn } from "../support/conversation.ts";
import { signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";

const list = z.object({
  data: z.array(z.object({ id: z.string() })),
  nextCursor: z.string().nullable(),
});

it("finds conversations by their titles and messages, newest first, page by page", async () => {
  standInModel();
  const who = await signUpFundedUser(1);
  const search = async (text: string, more = "") => {
    const query = `search=${encodeURIComponent(text)}${more}`;
    const response = await call("GET", `/api/conversations?${query}`, { token: who.token });
    expect(response.status).toBe(200);
    return list.parse(await response.json());
  };
  const found = async (text: string) => (await search(text)).data.map(({ id }) => id);
  const { conversationId: rome } = await takeTurn(who, { message: "Where is Rome? 100%" });
  const { conversationId: oslo } = await takeTurn(who, { message: "And Oslo, كيف أصل؟" });
  await call("PATCH", `/api/conversations/${rome}`, {
    token: who.token,
    body: { title: "Journeys" },
  });
  expect(await found("where is rome")).toEqual([rome]);
  expect(await found("JOURNEYS")).toEqual([rome]);
  expect(await found("كيف أصل")).toEqual([oslo]);
  expect(await found("I know nothing")).toEqual([oslo, rome]);
  expect(await found("100%")).toEqual([rome]);
  expect(await found("%")).toEqual([rome]);
  expect(await found("_")).toEqual([]);
  expect(await found("x".repeat(200))).toEqual([]);
  const first = await search("local model", "&limit=1");
  expect(first.data.map(({ id }) => id)).toEqual([oslo]);
  const second = await search("local model", `&limit=1&cursor=${first.nextCursor}`);
  expect(second.data.map(({ id }) => id)).toEqual([rome]);

  const stranger = await signUpFundedUser(1);
  const response = await call("GET", "/api/conversations?search=Rome", { token: stranger.token });
  expect(list.parse(await response.json()).data).toEqual([]);
  const tooLong = await call("GET", `/api/conversations?search=${"x".repeat(201)}`, {
    token: who.token,
  });
  expect(tooLong.status).toBe(400);
  expect(await tooLong.json()).toMatchObject({ error: { param: "search" } });
});
