import type { Driver } from "../drive/load.ts";
import { cpuMs, residentMb } from "../machine/usage.ts";
import type { Sample, Slot } from "../report/results.ts";
import { type Case, JSON_BODY, SSE_BODY } from "./cases.ts";
import type { Target } from "./stage.ts";

export interface Rounds {
  readonly slots: Slot[];
  /** Whole answers that Farebox gave in all of it, warming up too. */
  readonly fareboxAnswers: number;
  /** Connections that were cut at the end of a slot, each perhaps in the middle of a chat. */
  readonly fareboxCut: number;
}

interface RoundSettings {
  readonly driver: Driver;
  readonly keys: readonly string[];
  readonly cases: readonly Case[];
  readonly targets: readonly Target[];
  readonly rounds: number;
  readonly slotSeconds: number;
  readonly log: (line: string) => void;
}

const WARMUP_SECONDS = 1;
const WARMUP_CONNECTIONS = 16;

/**
 * Measures all cases in turn, and of each case every target in turn, round after round: whatever
 * disturbs, disturbs all.
 */
export async function runRounds(settings: RoundSettings): Promise<Rounds> {
  const { driver, keys, targets, rounds, slotSeconds, log: tell } = settings;
  const slots = settings.cases.flatMap((one) =>
    one.connections.map((connections) => ({
      one,
      connections,
      slot: {
        id: one.id,
        title: one.title,
        users: one.users,
        connections,
        samples: [] as Sample[],
      },
    })),
  );
  let fareboxAnswers = 0;
  let fareboxCut = 0;

  async function measure(
    target: Target,
    body: object,
    users: number,
    connections: number,
    seconds: number,
  ): Promise<Sample> {
    const { url, headers, name, pid } = target;
    const before = cpuMs(pid);
    const driven = await driver.drive({
      url,
      headers,
      keys: keys.slice(0, users),
      body,
      connections,
      seconds,
    });
    const usedMs = cpuMs(pid) - before;
    const { answers, p50Ms, p99Ms, refused, broken } = driven;
    if (answers === 0 || refused + broken > 0)
      throw new Error(
        `${name} gave ${answers} answers, refused ${refused} and broke off ${broken}: that measures nothing.`,
      );
    if (name === "farebox") {
      fareboxAnswers += answers;
      fareboxCut += connections;
    }
    return {
      target: name,
      round: 0,
      perSecond: answers / driven.seconds,
      p50Ms,
      p99Ms,
      cpuMs: usedMs / answers,
      residentMb: residentMb(pid),
    };
  }

  for (const target of targets) {
    // The floor with RPCs is a part of the floor's process; the accounts alone answer whole.
    for (const body of ["rpc", "rows", "bare"].includes(target.name)
      ? [JSON_BODY]
      : [JSON_BODY, SSE_BODY])
      await measure(target, body, keys.length, WARMUP_CONNECTIONS, WARMUP_SECONDS);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { one, connections, slot } of slots) {
      const summaries: string[] = [];
      for (const target of targets) {
        if (!one.targets.includes(target.name)) continue;
        const sample = await measure(target, one.body, one.users, connections, slotSeconds);
        slot.samples.push({ ...sample, round });
        summaries.push(`${target.name} ${sample.perSecond.toFixed(0)}/s`);
      }
      tell(
        `round ${round}/${rounds} · ${one.title}, ${connections} connections · ${summaries.join(", ")}`,
      );
    }
  }
  return { slots: slots.map(({ slot }) => slot), fareboxAnswers, fareboxCut };
}
