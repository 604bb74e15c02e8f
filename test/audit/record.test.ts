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
const move = (name: string) =>
  db.run(`update cursors set value = value + 1 where name = '${name}'`);
const cursor = (name: string) =>
  db.$client.prepare("insert into cursors values (?, '0', 0)").bind(name);

describe("the audit log", () => {
  it("keeps who, what, why, before and after", async () => {
    const noted = entry({
      actor: { kind: "stripe", id: "evt_1" },
      userId: "usr_2",
      reason: "Because",
      before: { models: ["a", "b"], allowances: { message: { limit: null } }, credits: 0.5 },
      after: { isActive: false, gone: null },
    });
    await record(db, noted, NOW);
    const { actor, ...rest } = noted;
    expect(await entriesOf(noted.subjectId)).toEqual([
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

  it("notes once what may be done again, and the first time is kept", async () => {
    const once = entry({ onceKey: `once:${crypto.randomUUID()}`, after: { attempt: 1 } });
    await Promise.all([record(db, once, NOW), record(db, once, NOW), record(db, once, NOW)]);
    await record(db, { ...once, after: { attempt: 2 } }, NOW + 1);
    expect(await entriesOf(once.subjectId)).toMatchObject([{ at: NOW, after: { attempt: 1 } }]);
  });

  it("has an entry each time for what names no such key", async () => {
    const each = entry();
    await record(db, each, NOW);
    await record(db, each, NOW);
    expect(await entriesOf(each.subjectId)).toHaveLength(2);
  });

  it("has nothing of a batch that failed", async () => {
    const noted = entry();
    const breaks = db.run("insert into cursors values (null, null, null)");
    await expect(db.batch([auditStatement(db, noted, NOW), breaks])).rejects.toThrow();
    expect(await entriesOf(noted.subjectId)).toEqual([]);
  });

  it("has an entry about a change only where something was changed", async () => {
    await cursor("there").run();
    const changed = entry({ before: { value: "0" }, after: { names: ["x"] }, reason: "Because" });
    const unchanged = entry();
    await db.batch([
      move("there"),
      auditIfChanged(db, changed, NOW),
      move("nowhere"),
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

  it("notes a change once, too", async () => {
    await cursor("again").run();
    const once = entry({ onceKey: `once:${crypto.randomUUID()}` });
    for (let times = 0; times < 2; times += 1)
      await db.batch([move("again"), auditIfChanged(db, once, NOW)]);
    expect(await entriesOf(once.subjectId)).toHaveLength(1);
  });

  it("has no way to change or remove an entry", async () => {
    const front = await import("../../src/audit/index.ts");
    expect(Object.keys(front).toSorted()).toEqual([
      "auditing",
      "auditingChange",
      "everyAudit",
      "listAudit",
      "record",
      "showAudit",
    ]);
  });
});
