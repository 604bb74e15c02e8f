import { describe, expect, it } from "vitest";
import { z } from "zod";
import { BranchTree } from "../../src/conversations/branch-tree.ts";
import { createAgent } from "../support/agents.ts";
import { call } from "../support/call.ts";
import { listMessages, type MessageView, takeTurn } from "../support/conversation.ts";
import * as fc from "../support/fast-check.ts";
import { type FundedUser, readAccountTotals, signUpFundedUser } from "../support/funded-user.ts";
import { standInModel } from "../support/model.ts";

type Who = Pick<FundedUser, "token">;

const turn = z.object({
  userMessage: z.object({ id: z.string(), branches: z.array(z.string()) }),
  message: z.object({ id: z.string(), content: z.string() }),
});

/** Sends a message that takes the place of another. */
async function branch(who: Who, conversationId: string, branchOf: string, message: string) {
  const response = await call("POST", `/api/conversations/${conversationId}/messages`, {
    token: who.token,
    body: { message, branchOf, model: "large" },
  });
  expect(response.status).toBe(200);
  return turn.parse(await response.json());
}

const choose = (who: Who, conversationId: string, message: string) =>
  call("PATCH", `/api/conversations/${conversationId}`, {
    token: who.token,
    body: { branch: message },
  });

const questions = (messages: readonly MessageView[]) =>
  messages.filter(({ role }) => role === "user").map(({ content }) => content);

/** What the model was shown last. */
const shown = (model: ReturnType<typeof standInModel>) =>
  z
    .object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })
    .parse(JSON.parse(model.calls.at(-1)?.rawBody ?? "")).messages;

async function threeTurns(who: FundedUser) {
  const one = await takeTurn(who, { message: "One." });
  const { conversationId } = one;
  const two = await takeTurn(who, { conversationId, message: "Two." });
  const three = await takeTurn(who, { conversationId, message: "Three." });
  return { conversationId, one, two, three };
}

describe("a message that takes the place of another", () => {
  it("begins a branch, which is shown and goes on; the other one stays", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, one, two } = await threeTurns(who);
    const edited = await branch(who, conversationId, two.userMessage.id, "Two, better.");
    expect(shown(model)).toEqual([
      { role: "user", content: "One." },
      { role: "assistant", content: one.message.content },
      { role: "user", content: "Two, better." },
    ]);
    expect(edited.userMessage.branches).toEqual([two.userMessage.id, edited.userMessage.id]);
    expect(questions(await listMessages(who, conversationId))).toEqual(["One.", "Two, better."]);

    await takeTurn(who, { conversationId, message: "Four." });
    expect(shown(model).map(({ content }) => content)).toEqual([
      "One.",
      one.message.content,
      "Two, better.",
      edited.message.content,
      "Four.",
    ]);
    expect((await choose(who, conversationId, two.userMessage.id)).status).toBe(200);
    expect(questions(await listMessages(who, conversationId))).toEqual(["One.", "Two.", "Three."]);
    await takeTurn(who, { conversationId, message: "Five." });
    expect(questions(await listMessages(who, conversationId))).toEqual([
      "One.",
      "Two.",
      "Three.",
      "Five.",
    ]);
    await choose(who, conversationId, edited.userMessage.id);
    expect(questions(await listMessages(who, conversationId))).toEqual([
      "One.",
      "Two, better.",
      "Four.",
    ]);
  });

  it("is charged as any message", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, three } = await threeTurns(who);
    const before = (await readAccountTotals(who)).charged.length;
    await branch(who, conversationId, three.message.id, "Three.");
    expect((await readAccountTotals(who)).charged).toHaveLength(before + 1);
  });

  it("may take the place of the first, and of a reply", async () => {
    const model = standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, one } = await threeTurns(who);
    const again = await branch(who, conversationId, one.message.id, "One.");
    expect(shown(model)).toEqual([{ role: "user", content: "One." }]);
    expect(again.userMessage.branches).toHaveLength(2);
    expect(questions(await listMessages(who, conversationId))).toEqual(["One."]);
  });

  it("keeps an agent's greeting before every branch", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const agent = await createAgent(who, { greeting: "Ahoy!" });
    const { conversationId, userMessage } = await takeTurn(who, {
      agentId: agent.id,
      message: "Hello.",
    });
    const response = await call("POST", `/api/conversations/${conversationId}/messages`, {
      token: who.token,
      body: { message: "Good day.", branchOf: userMessage.id },
    });
    expect(response.status).toBe(200);
    const messages = await listMessages(who, conversationId);
    expect(messages.map(({ content }) => content).slice(0, 2)).toEqual(["Ahoy!", "Good day."]);
    expect(messages[1]?.parentId).toBe(messages[0]?.id);
  });

  it("leaves the branch that was shown where it is not covered", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, two } = await threeTurns(who);
    const edited = await branch(who, conversationId, two.userMessage.id, "Two, better.");
    await choose(who, conversationId, two.userMessage.id);
    const refused = await call("POST", `/api/conversations/${conversationId}/messages`, {
      token: who.token,
      body: { message: "No.", branchOf: edited.userMessage.id, model: "none" },
    });
    expect(refused.status).toBe(404);
    const unpaid = await call("POST", `/api/conversations/${conversationId}/messages`, {
      token: who.token,
      body: { message: "word ".repeat(38_000), branchOf: edited.userMessage.id },
    });
    expect(unpaid.status).toBe(402);
    const messages = await listMessages(who, conversationId);
    expect(questions(messages)).toEqual(["One.", "Two.", "Three."]);
    expect(messages[2]?.branches).toHaveLength(2);
  });

  it("is refused with the name of its field where there is no such message", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId } = await threeTurns(who);
    const nowhere = `msg_${"0".repeat(32)}`;
    for (const [method, path, body] of [
      ["POST", "/messages", { message: "x", branchOf: nowhere }],
      ["POST", "/messages", { message: "x", branchOf: "that one" }],
      ["PATCH", "", { branch: nowhere }],
      ["PATCH", "", { branch: "that one" }],
    ] as const) {
      const response = await call(method, `/api/conversations/${conversationId}${path}`, {
        token: who.token,
        body,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { param: method === "POST" ? "branchOf" : "branch" },
      });
    }
    expect(questions(await listMessages(who, conversationId))).toEqual(["One.", "Two.", "Three."]);
  });

  it("is read page by page, in either order, and with all branches on demand", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, two } = await threeTurns(who);
    await branch(who, conversationId, two.userMessage.id, "Two, better.");
    const path = `/api/conversations/${conversationId}/messages`;
    const page = z.object({
      data: z.array(z.object({ content: z.string(), parentId: z.string().nullable() })),
      nextCursor: z.string().nullable(),
    });
    const read = async (query: string) =>
      page.parse(await (await call("GET", `${path}?${query}`, { token: who.token })).json());
    const newest = await read("order=desc&limit=2");
    expect(newest.data[1]?.content).toBe("Two, better.");
    const oldest = await read(`order=desc&limit=2&cursor=${newest.nextCursor}`);
    expect(oldest.data[1]?.content).toBe("One.");
    expect(oldest.nextCursor).toBeNull();
    const first = await read("limit=3");
    expect(first.data[2]?.content).toBe("Two, better.");
    expect((await read(`limit=3&cursor=${first.nextCursor}`)).data).toHaveLength(1);
    const all = await read("branches=all&limit=100");
    expect(all.data).toHaveLength(8);
    expect(all.data[6]?.parentId).toBe(all.data[2]?.parentId);
  });

  it("is in the export: all branches in JSON, the one that is shown in Markdown", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, two } = await threeTurns(who);
    await branch(who, conversationId, two.userMessage.id, "Two, better.");
    const read = async (format: string) =>
      await (
        await call("GET", `/api/conversations/${conversationId}/export?format=${format}`, {
          token: who.token,
        })
      ).text();
    expect(await read("json")).toContain('"content":"Three."');
    expect(await read("markdown")).not.toContain("Three.");
    expect(await read("markdown")).toContain("Two, better.");
  });

  it("goes with its conversation", async () => {
    standInModel();
    const who = await signUpFundedUser(1);
    const { conversationId, two } = await threeTurns(who);
    await branch(who, conversationId, two.userMessage.id, "Two, better.");
    const path = `/api/conversations/${conversationId}`;
    expect((await call("DELETE", path, { token: who.token })).status).toBe(204);
    expect((await call("GET", `${path}/messages`, { token: who.token })).status).toBe(404);
  });
});

describe("the tree of branches", () => {
  /** Messages at 0, 2, 4 …, each after the one before it or after any earlier one. */
  const trees = fc
    .array(fc.option(fc.nat(), { nil: undefined }), { minLength: 1, maxLength: 12 })
    .map((choices) => {
      const sequences = choices.map((_, at) => at * 2);
      const parents = new Map<number, number | null>();
      for (const [at, choice] of choices.entries())
        if (choice !== undefined) {
          const parent = choice % (at + 1);
          parents.set(at * 2, parent === at ? null : parent * 2);
        }
      return { tree: new BranchTree(sequences, parents), sequences };
    });

  it("leads from every message to a beginning, through older ones", () => {
    fc.assert(
      fc.property(trees, ({ tree, sequences }) => {
        for (const sequence of sequences) {
          const branch = tree.branchTo(sequence);
          expect(branch.at(-1)).toBe(sequence);
          expect(branch).toEqual(branch.toSorted((a, b) => a - b));
          expect(tree.parentOf(branch[0] ?? 0)).toBeNull();
        }
      }),
    );
  });

  it("shows every message in the newest branch that it chooses for it", () => {
    fc.assert(
      fc.property(trees, ({ tree, sequences }) => {
        for (const sequence of sequences) {
          expect(tree.branchTo(tree.newestLeafOf(sequence))).toContain(sequence);
          expect(tree.alternativesOf(sequence)).toContain(sequence);
        }
      }),
    );
  });

  it("goes on from the message before one that was removed", () => {
    const tree = new BranchTree([0, 2, 6], new Map([[6, 4]]));
    expect(tree.branchTo(6)).toEqual([0, 2, 6]);
  });
});
