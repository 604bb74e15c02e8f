import { expect, it } from "vitest";
import { call } from "./support/call.ts";

it("answers an unknown route with 404 in the error envelope, and names the request", async () => {
  const response = await call("GET", "/nowhere");
  expect(response.status).toBe(404);
  expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  expect(await response.json()).toMatchObject({ error: { code: "not_found", type: "not_found_error", param: null } });
});
