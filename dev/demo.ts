import { buy, findPack } from "./demo/buy.ts";
import { runChats } from "./demo/chat.ts";
import { DemoFailure } from "./demo/checks.ts";
import { checkLedger } from "./demo/ledger.ts";
import { signUp } from "./demo/sign-up.ts";

const url = (
  process.env["FAREBOX_URL"] ?? `http://localhost:${process.env["FAREBOX_PORT"] ?? 8787}`
).replace(/\/+$/, "");

const isRunning = await fetch(`${url}/v1/models`).then(
  (reply) => reply.text().then(() => true),
  () => false,
);
if (!isRunning) {
  console.error(
    `Nothing answers at ${url}. Run \`npm start\` in another terminal first, or set FAREBOX_URL.`,
  );
  process.exit(1);
}

try {
  const startedAt = Date.now();
  console.log(`The whole journey, at ${url}\n`);
  const { user, paidModel } = await signUp(url);
  const pack = await findPack(user);
  if (pack === null || paidModel === null) {
    console.log("\nThis catalog sells no credits for a model beyond the free plan: that is all.");
  } else {
    await buy(user, pack);
    const spentMicrocredits = await runChats(user, paidModel, pack);
    await checkLedger(user, pack, spentMicrocredits);
  }
  console.log(`\nAll of it is right (${((Date.now() - startedAt) / 1000).toFixed(1)} s).`);
} catch (error) {
  console.error(`\n${error instanceof DemoFailure ? `Wrong: ${error.message}` : String(error)}`);
  process.exitCode = 1;
}
