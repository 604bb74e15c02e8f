import { expect, it, vi } from "vitest";
import { log } from "../../src/log.ts";

it("a line of the log shows what it says, whatever text is in it", () => {
  const written = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const text = "a\nb\u0007\u001b[2J\u007f\u0085\u009b2J\u2028\u202e\u2066\u200f\u061c é 日 🙂";
  log.error("test.happened", { text, list: [text] });
  const line = String(written.mock.calls[0]?.[0]);
  expect(line).toMatch(/^[ -~é日🙂]*$/u);
  expect(JSON.parse(line)).toEqual({ level: "error", event: "test.happened", text, list: [text] });
});
