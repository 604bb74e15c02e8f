import { expect, inject, it, vi } from "vitest";
import { random } from "../proofs/support/random.ts";
import { describeCase, drawCase, listChoices } from "./cases.ts";
import { loadModels, play, signUpPlayer, standInVendors } from "./play.ts";

/** Cases at once, each of a user of its own. */
const PLAYERS = 8;
/** A user's account grows: another one plays after so many cases. */
const CASES_PER_USER = 300;
/** With so many faults the run ends. */
const FAULTS_MAX = 20;

it("every vendor's reply is charged to the microcredit, in every form and ending", {
  timeout: 3_600_000,
}, async ({ task }) => {
  const { seed, cases: limit } = inject("vendors");
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  standInVendors();
  const numbers = random(seed);
  const choices = numbers.shuffle(listChoices()).slice(0, limit);
  const faults: string[] = [];
  let next = 0;

  async function playOn(): Promise<void> {
    let player = await signUpPlayer();
    await loadModels();
    for (let mine = 1; next < choices.length && faults.length < FAULTS_MAX; mine++) {
      if (mine % CASES_PER_USER === 0) player = await signUpPlayer();
      const at = next++;
      const choice = choices[at];
      if (choice === undefined) return;
      const one = drawCase(choice, numbers.fork(at));
      const wrong = await play(player, one);
      if (wrong.length > 0)
        faults.push(`case ${at}, ${describeCase(one)}\n  ${wrong.join("\n  ")}`);
    }
  }
  await Promise.all(Array.from({ length: PLAYERS }, playOn));
  Object.assign(task.meta, {
    vendors: { cases: Math.min(next, choices.length), faults: faults.length },
  });
  expect(faults.length, `seed ${seed}\n${faults.join("\n")}`).toBe(0);
});
