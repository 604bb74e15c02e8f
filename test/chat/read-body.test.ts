import { expect, it } from "vitest";
import { readStart } from "../../src/upstream/index.ts";

/** A body of ten pieces of ten bytes, of which two bytes make a character. */
function body() {
  let sent = 0;
  let stopped = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (sent === 10) return controller.close();
      sent += 1;
      controller.enqueue(new TextEncoder().encode("ééééé"));
    },
    cancel: () => {
      stopped = true;
    },
  });
  return { stream, stopped: () => stopped };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

it("a body within the limit is read to its end, and every piece counts as activity", async () => {
  let activityCount = 0;
  const { bytes, rest } = await readStart(new Response(body().stream), 100, () => {
    activityCount += 1;
  });
  expect([text(bytes), rest]).toEqual(["é".repeat(50), null]);
  expect(activityCount).toBe(10);
  expect(await readStart(new Response(null), 100)).toMatchObject({ rest: null });
});

it("of a longer one the start is read, and the rest left to be read", async () => {
  const { bytes, rest } = await readStart(new Response(body().stream), 25);
  expect(text(bytes)).toBe("é".repeat(15));
  expect(text((await rest?.read())?.value ?? new Uint8Array(0))).toBe("ééééé");
});
