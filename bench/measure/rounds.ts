import type { Driver } from "../drive/load.ts";
import { cpuMs, residentMb } from "../machine/usage.ts";
import type { Sample, Slot } from "../report/results.ts";
import { type Case, JSON_BODY, SSE_BODY } from "./cases.ts";
import type { Target } from "./stage.ts";

export interface Rounds {
  readonly slots: Slot[];
  /** The number of complete answers of Farebox, including those of the warm-up. */
  readonly fareboxAnswers: number;
  /** The number of connections that were cut at the end of a slot, each perhaps during a chat. */
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
 * Measures all cases in turn, and every target of a case in turn, round after round, so that a
 * disturbance affects all of them.
 */
export async function runRounds(settings: RoundSettings): Promise<Rounds> {
  const { driver, keys, targets, rounds, slotSeconds, log } = settings;
  const slots = settings.cases.flatMap((chatCase) =>
    chatCase.connections.map((connections) => ({
      one: chatCase,
      connections,
      slot: {
        id: chatCase.id,
        title: chatCase.title,
        users: chatCase.users,
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
    const result = await driver.drive({
      url,
      headers,
      keys: keys.slice(0, users),
      body,
      connections,
      seconds,
    });
    const usedMs = cpuMs(pid) - before;
    const { answers, p50Ms, p99Ms, refused, broken } = result;
    if (answers === 0 || refused + broken > 0)
      throw new Error(
        `${name} gave ${answers} answers, refused ${refused} and broke off ${broken}: ` +
          "that measures nothing.",
      );
    if (name === "farebox") {
      fareboxAnswers += answers;
      fareboxCut += connections;
    }
    return {
      target: name,
      round: 0,
      perSecond: answers / result.seconds,
      p50Ms,
      p99Ms,
      cpuMs: usedMs / answers,
      residentMb: residentMb(pid),
    };
  }

  for (const target of targets) {
    // The floor with RPCs runs in the floor's process. The accounts alone do not stream.
    for (const body of ["rpc", "rows", "bare"].includes(target.name)
      ? [JSON_BODY]
      : [JSON_BODY, SSE_BODY])
      await measure(target, body, keys.length, WARMUP_CONNECTIONS, WARMUP_SECONDS);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { one: chatCase, connections, slot } of slots) {
      const summaries: string[] = [];
      for (const target of targets) {
        if (!chatCase.targets.includes(target.name)) continue;
        const sample = await measure(
          target,
          chatCase.body,
          chatCase.users,
          connections,
          slotSeconds,
        );
        slot.samples.push({ ...sample, round });
        summaries.push(`${target.name} ${sample.perSecond.toFixed(0)}/s`);
      }
      log(
        `round ${round}/${rounds} · ${chatCase.title}, ${connections} connections · ` +
          summaries.join(", "),
      );
    }
  }
  return { slots: slots.map(({ slot }) => slot), fareboxAnswers, fareboxCut };
}
