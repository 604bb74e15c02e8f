import { describe, expect, it } from "vitest";
import { findUnboundedSteps } from "./query-plan.ts";

describe("what every test checks of the statements that it caused", () => {
  it.each([
    ["scans", `select "id" from "orders" where "orders"."title" = ?`],
    ["scans in the order of an index", `select "id" from "orders" where "title" = ? order by "id"`],
    ["sorts", `select "id" from "orders" where "user_id" = ? order by "title"`],
    ["groups by what no index has", `select "title" from "orders" where "id" > ? group by "title"`],
    ["scans under another name", `select o."id" from "orders" as o where o."title" = ?`],
    ["updates without an index", `update "users" set "name" = ? where "name" = ?`],
  ])("a statement that %s is found", async (_what, statement) => {
    expect(await findUnboundedSteps(statement)).not.toEqual([]);
  });

  it.each([
    ["a table of the operator's", `select "id" from "plans" order by "name"`],
    ["one row", `select "id" from "orders" where "id" = ?`],
    ["an index in its order", `select "id" from "orders" where "user_id" = ? order by "id" desc`],
    ["some ids", `select "id" from "agents" where "id" in (select value from json_each(?))`],
  ])("a statement that reads %s is not", async (_what, statement) => {
    expect(await findUnboundedSteps(statement)).toEqual([]);
  });
});
