import { expect, it } from "vitest";
import { readText } from "../../src/upstream/index.ts";

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

it("a body within the limit is read to its end, and every piece counts as activity", async () => {
  let activityCount = 0;
  const whole = await readText(new Response(body().stream), 100, () => {
    activityCount += 1;
  });
  expect(whole).toEqual({ text: "é".repeat(50), whole: true });
  expect(activityCount).toBe(10);
  expect(await readText(new Response(null), 100)).toEqual({ text: "", whole: true });
});

it("a body that is too long is read no further", async () => {
  const { stream } = body();
  expect(await readText(new Response(stream), 99)).toMatchObject({ whole: false });
  const long = body();
  expect(await readText(new Response(long.stream), 25)).toEqual({
    text: "é".repeat(15),
    whole: false,
  });
  expect(long.stopped()).toBe(true);
});
