import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const commandsOf = (text: string) => text.match(/^```sh\n[^]*?^```$/gm) ?? [];

it("the commands of the Arabic README are the README's", () => {
  const [english, arabic] = [read("README.md"), read("README.ar.md")];
  const commands = commandsOf(arabic);
  expect(commands.length).toBeGreaterThan(2);
  expect(commandsOf(english)).toEqual(expect.arrayContaining(commands));
});

it("each README links to the other", () => {
  expect(read("README.md")).toContain("(README.ar.md)");
  expect(read("README.ar.md")).toContain("(README.md)");
});
