import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { createLocalStripe } from "./app.ts";
import { readState, writeState } from "./state-file.ts";

/** The options of the server. Each has a flag and a variable, see the README. */
export interface ServerOptions {
  readonly port: number;
  readonly secretKey: string;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  /** The file that keeps the state across restarts. */
  readonly stateFile: string;
}

const HOST = "127.0.0.1";
/** The interval at which retries and expiries are checked. */
const TICK_MS = 1000;

/**
 * Starts the local Stripe as a server on this machine.
 * @throws {Error} with a message for the person, if the port is taken or the state cannot be read
 */
export async function startStripe(
  options: ServerOptions,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const url = `http://${HOST}:${options.port}`;
  const { fetch, control } = createLocalStripe({
    origin: url,
    secretKey: options.secretKey,
    webhook: { url: options.webhookUrl, secret: options.webhookSecret, retryBaseSeconds: 2 },
    snapshot: readState(options.stateFile),
  });
  let savedRevision = control.revision();
  const save = (): void => {
    if (control.revision() === savedRevision) return;
    savedRevision = control.revision();
    writeState(options.stateFile, control.snapshot());
  };
  /**
   * Sends what is due and saves the result. Only one runs at a time, so that a slow endpoint does
   * not pile up runs.
   */
  let ticking: Promise<void> | undefined;
  const tick = (): void => {
    control.sweep();
    ticking ??= control
      .deliver()
      .then(save)
      .catch((error: unknown) =>
        console.error("The local Stripe could not deliver or save:", error),
      )
      .finally(() => {
        ticking = undefined;
      });
  };
  const answerAndSave = async (request: Request): Promise<Response> => {
    const response = await fetch(request);
    // The state is saved before the answer is sent, so that an acknowledged change survives a kill.
    save();
    setImmediate(tick);
    return response;
  };
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const starting = serve({ fetch: answerAndSave, hostname: HOST, port: options.port }, () =>
      resolve(starting),
    );
    starting.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${options.port} is taken, so the local Stripe cannot start.`)
          : error,
      ),
    );
  });
  const timer = setInterval(tick, TICK_MS);
  return {
    url,
    async stop() {
      clearInterval(timer);
      await new Promise((resolve) => server.close(resolve));
      await ticking;
      save();
    },
  };
}

function readOptions(): ServerOptions {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: process.env["STRIPE_LOCAL_PORT"] ?? "12111" },
      "secret-key": {
        type: "string",
        default: process.env["STRIPE_SECRET_KEY"] ?? "sk_test_local",
      },
      "webhook-url": {
        type: "string",
        default: process.env["STRIPE_WEBHOOK_URL"] ?? "http://127.0.0.1:8787/api/webhooks/stripe",
      },
      "webhook-secret": {
        type: "string",
        default: process.env["STRIPE_WEBHOOK_SECRET"] ?? "whsec_test_local",
      },
      state: { type: "string", default: process.env["STRIPE_LOCAL_STATE"] ?? ".dev/stripe.json" },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port ${values.port} is not a port.`);
  return {
    port,
    secretKey: values["secret-key"],
    webhookUrl: values["webhook-url"],
    webhookSecret: values["webhook-secret"],
    stateFile: values.state,
  };
}

if (import.meta.main) {
  try {
    const stripe = await startStripe(readOptions());
    console.log(`Local Stripe: ${stripe.url}`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        void stripe.stop().then(() => process.exit(0));
      });
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
