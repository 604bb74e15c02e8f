import { Hono } from "hono";
import { issuerFaults } from "./faults.ts";
import { githubApp } from "./github-app.ts";
import type { LocalIssuer } from "./issuer.ts";
import { openidApp } from "./openid-app.ts";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The issuer over HTTP: OpenID Connect, GitHub's dialect under `/github`, and `/_local/…` for
 * tests, which set what it does wrong.
 */
export const issuerApp = (issuer: LocalIssuer) =>
  new Hono()
    .put("/_local/faults", async (c) => {
      const faults = issuerFaults.safeParse(await c.req.json());
      if (!faults.success) return c.json({ error: faults.error.message }, 400);
      issuer.faults = faults.data;
      return c.body(null, 204);
    })
    .post("/_local/rotate-key", (c) => {
      issuer.rotateKey();
      return c.body(null, 204);
    })
    .use(async (c, next) => {
      const { slowMs = 0, isDown = false } = issuer.faults;
      if (slowMs > 0) await sleep(slowMs);
      return isDown ? c.text("The local issuer is down.", 503) : await next();
    })
    .route("/github", githubApp(issuer))
    .route("/", openidApp(issuer));
