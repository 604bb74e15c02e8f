import { PORTKEY_NODE } from "../drive/portkey.ts";
import { PRICES } from "./prices.ts";
import { median, type Profiled, type Results } from "./results.ts";
import { describeCpu, describeFarAccount, summarizeAims } from "./sentences.ts";
import {
  aimTable,
  costTable,
  countTable,
  ledgerTable,
  profileTable,
  speedTable,
  type Table,
} from "./tables.ts";
import { wrapProse } from "./wrap-prose.ts";

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function markdown(table: Table): string {
  const [head = [], ...rows] = table;
  return [
    line(head),
    line(head.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}

function profileSection(profiles: readonly Profiled[]): string {
  const [first] = profiles;
  if (first === undefined) return "Not taken yet: `npm run bench -- --profile`.";
  return first.loads
    .map(
      ({ title }, index) =>
        `### ${title}\n\n${markdown(profileTable(profiles, index, "rooms"))}\n\n` +
        `By function (self time):\n\n${markdown(profileTable(profiles, index, "functions"))}`,
    )
    .join("\n\n");
}

/** Returns the content of docs/performance.md. */
export function document(results: Results, notes: string): string {
  const { machine, scale, charged, firstByte, upstream, profiles } = results;
  const { resident, start } = scale;
  const least = Math.min(...upstream.map((one) => one.perSecond / one.fastestMeasured));
  const spread = median(
    results.slots
      .map(({ samples }) => {
        const floor = samples
          .filter(({ target }) => target === "floor")
          .map(({ perSecond }) => perSecond);
        return floor.length < 2
          ? Number.NaN
          : (Math.max(...floor) - Math.min(...floor)) / median(floor);
      })
      .filter((value) => !Number.isNaN(value)),
  );
  const chargedCount = charged.chargedChats.toLocaleString("en", { maximumFractionDigits: 0 });
  const place = machine.inMemory
    ? "in memory (tmpfs): a real disk adds what it takes to sync"
    : "on this machine's disk";
  const warning = least < 3 ? ", **less than the 3 times that keep it out of the picture**" : "";
  const text = `# How fast, and what it costs

Written by \`npm run bench\` on ${results.date}, at ${results.commit}; the raw figures are in
[performance.json](performance.json). Do not edit it: run the benchmark. How each figure is
measured is described in [bench/README.md](../bench/README.md).

![Throughput by the floor's, and CPU per chat](performance.svg)

The **floor** is a Worker that forwards each request and does nothing else, in a workerd process
like Farebox's own. Farebox checks the key, makes the hold, forwards, counts and settles, durably.
Portkey, a gateway for Node, forwards and meters nothing: it is run by the Node of its own image
(${PORTKEY_NODE}), against which the marks are held, and by the one that this benchmark runs on,
which is faster. Ratios are medians over ${results.rounds} interleaved rounds of
${results.slotSeconds} s, each round's Farebox by the same round's floor.

${summarizeAims(results)}

${markdown(aimTable(results))}

## What stands in the way

${describeCpu(results)}

${notes}

## Side by side

${markdown(speedTable(results))}

Measured on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux
${machine.kernel}, ${machine.workerd}, Node ${machine.node}, driven by ${machine.driver}; load
average before: ${machine.loadBefore.toFixed(2)}. The driver, the upstream and the measured
target share these cores, so throughput is what is left for one process beside the other two: only
ratios mean anything. The floor itself varied by ${(spread * 100).toFixed(0)} % between rounds.
The accounts lie ${place}.
The upstream by itself is at least ${least.toFixed(1)} times as fast as the fastest that was
measured${warning}.
Paced streams last a second each, so their throughput says nothing; their CPU does.

Before the first byte of a stream, one connection: floor ${firstByte.floorMs.toFixed(2)} ms;
a bare RPC adds ${firstByte.rpcAddsMs.toFixed(2)} ms,
Farebox ${firstByte.fareboxAddsMs.toFixed(2)} ms.

${describeFarAccount(results)}

All accounts were checked afterwards: ${charged.answers.toLocaleString("en")} chats were answered
in full and ${chargedCount} chats' worth was charged (the driver cut up to
${charged.cut.toLocaleString("en")} at the end of its loads);
${charged.heldMicrocredits} microcredits were left on hold.

## What a chat costs on the platform

${markdown(countTable(results))}

Busy: a hundred chats of a user within minutes. Lone: the first chat of an account in five minutes
or more, which also sets the alarm that reports usage: one row in D1 for each day, model and five
minutes of use.

${markdown(costTable(results))}

Prices of ${PRICES.asOf}, ${PRICES.source}:
requests $${PRICES.workerRequests}, CPU-ms $${PRICES.workerCpuMs},
object requests $${PRICES.objectRequests}, rows written $${PRICES.rowsWritten},
object GB-s $${PRICES.objectGbSeconds}, each a million. CPU is workerd's whole process, more than
would be billed.

## Growth

${markdown(ledgerTable(results))}

Called inside the object, so nothing else is in it. ${resident.accounts.toLocaleString("en")}
accounts in memory: ${resident.kbEach.toFixed(0)} KB and ${resident.filesEach.toFixed(1)} open
files each. A new process gives its first answer after ${start.fareboxMs.toFixed(0)} ms, the
floor's after ${start.floorMs.toFixed(0)} ms. The Worker is ${start.bundleKib.toFixed(0)} KiB,
${start.gzipKib.toFixed(0)} KiB compressed.

## Where a chat's CPU goes

V8's profile of workerd's one busy thread under load at 16 connections. A function's call of the
platform (\`exec ← append\`: SQL, called by append) has a row of its own, and counts for the room
of the caller.

${profileSection([profiles.before, profiles.now].filter((profile) => profile !== null))}`;
  return `${wrapProse(text)}\n`;
}
