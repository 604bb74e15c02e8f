import { beforeAll, describe, expect, it } from "vitest";
import { open, submit, visitor } from "../support/browser.ts";
import { haveCatalog } from "../support/catalog.ts";

beforeAll(haveCatalog);

describe("signing in", () => {
  it.each(["/.//evil.example", "/x/..//evil.example", "/%2e//evil.example", "/./\\evil.example", "/.//.//evil.example"])(
    "goes on to no other site, whatever path a link names: %s",
    async (next) => {
      const { email, password, cookie } = await visitor();
      const posted = await submit("/login", { email, password, next });
      expect([posted.status, posted.headers.get("location")]).toEqual([303, expect.stringMatching(/^\/(?![/\\])/)]);
      const shown = await open(`/login?next=${encodeURIComponent(next)}`, { cookie });
      expect([shown.status, shown.headers.get("location")]).toEqual([303, expect.stringMatching(/^\/(?![/\\])/)]);
    },
  );
});
