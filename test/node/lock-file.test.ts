import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ integrity: z.string().optional(), link: z.boolean().optional() }),
  ),
});

it("the lock file says what every package must hold, for every platform", () => {
  const { packages } = lockFile.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
  const unpinned = Object.entries(packages)
    .filter(
      ([path, { integrity, link }]) => path !== "" && link !== true && integrity === undefined,
    )
    .map(([path]) => path);
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(unpinned).toEqual([]);
});
