import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  type AuditEntry,
  auditIfChanged,
  auditStatement,
  listAuditEntries,
  record,
} from "../../src/audit/index.ts";
import { database } from "../../src/db.ts";

const NOW = Date.UTC(2026, 10, 20);
const db = database(env.DB);
const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: { kind: "admin", id: "usr_1" },
  action: "thing.changed",
  subjectId: `thing_${crypto.randomUUID()}`,
  ...more,
});
const entriesOf = (subjectId: string) =>
  listAuditEntries(db, { subjectId, limit: 100, cursor: undefined });
const moveCursor = (name: string) =>
  db.run(`update cursors set value = value + 1 where name = '${name}'`);
const insertCursor = (name: string) =>
  db.$client.prepare("insert into cursors values (?, '0', 0)").bind(name);

describe("the audit log", () => {
  it("keeps the actor, the action, the reason, and the facts before and after", async () => {
    const expected = entry({
      actor: { kind: "stripe", id: "evt_1" },
      userId: "usr_2",
      reason: "Because",
      before: { models: ["a", "b"], allowances: { message: { limit: null } }, credits: 0.5 },
      after: { isActive: false, gone: null },
    });
    await record(db, expected, NOW);
    const { actor, ...rest } = expected;
    expect(await entriesOf(expected.subjectId)).toEqual([
      {
        id: expect.stringMatching(/^aud_/),
        onceKey: null,
        at: NOW,
        actorKind: actor.kind,
        actorId: actor.id,
        ...rest,
      },
    ]);
  });

  it("records a repeatable action once, and keeps the first entry", async () => {
    const once = entry({ onceKey: `once:${crypto.randomUUID()}`, after: { attempt: 1 } });
    await Promise.all([record(db, once, NOW), record(db, once, NOW), record(db, once, NOW)]);
    await record(db, { ...once, after: { attempt: 2 } }, NOW + 1);
    expect(await entriesOf(once.subjectId)).toMatchObject([{ at: NOW, after: { attempt: 1 } }]);
  });

  it("records an action without a key each time", async () => {
    const repeated = entry();
    await record(db, repeated, NOW);
    await record(db, repeated, NOW);
    expect(await entriesOf(repeated.subjectId)).toHaveLength(2);
  });

  it("keeps no entry of a batch that failed", async () => {
    const unwritten = entry();
    const invalid = db.run("insert into cursors values (null, null, null)");
    await expect(db.batch([auditStatement(db, unwritten, NOW), invalid])).rejects.toThrow();
    expect(await entriesOf(unwritten.subjectId)).toEqual([]);
  });

  it("records a conditional change only where a row was changed", async () => {
    await insertCursor("first").run();
    const changed = entry({ before: { value: "0" }, after: { names: ["x"] }, reason: "Because" });
    const unchanged = entry();
    await db.batch([
      moveCursor("first"),
      auditIfChanged(db, changed, NOW),
      moveCursor("missing"),
      auditIfChanged(db, unchanged, NOW),
    ]);
    expect(await entriesOf(changed.subjectId)).toMatchObject([
      {
        at: NOW,
        actorId: "usr_1",
        action: "thing.changed",
        reason: "Because",
        before: { value: "0" },
        after: { names: ["x"] },
      },
    ]);
    expect(await entriesOf(unchanged.subjectId)).toEqual([]);
  });

  it("records a conditional change with a key once", async () => {
    await insertCursor("second").run();
    const once = entry({ onceKey: `once:${crypto.randomUUID()}` });
    for (let times = 0; times < 2; times += 1)
      await db.batch([moveCursor("second"), auditIfChanged(db, once, NOW)]);
    expect(await entriesOf(once.subjectId)).toHaveLength(1);
  });

  it("has no way to change or remove an entry", async () => {
    const front = await import("../../src/audit/index.ts");
    expect(Object.keys(front).toSorted()).toEqual([
      "auditEntryView",
      "auditIfChanged",
      "auditStatement",
      "iterateAuditEntries",
      "listAuditEntries",
      "ownAuditEntryView",
      "record",
      "showAuditEntry",
    ]);
  });
});
