import { Hono } from "hono";
import type { Context } from "../context.ts";
import type { LineItem, Session } from "../wire.ts";
import { readCard } from "./cards.ts";
import { applyTypedCode } from "./discount.ts";
import { authenticatePage, endedPage, type Problem, payPage, type TypedForm } from "./page.ts";
import {
  authenticateCard,
  completeFree,
  isAwaitingAuthentication,
  type Outcome,
  payByBank,
  payByCard,
  saveCard,
} from "./pay.ts";
import { asksForCard } from "./subscription-mode.ts";

/** Returns the address to which the payer is redirected afterwards. */
const successUrl = (session: Session) =>
  (session.success_url ?? "/").replaceAll("{CHECKOUT_SESSION_ID}", session.id);

const renderEnded = (session: Session) =>
  session.status === "complete"
    ? endedPage("This payment is complete", "You have already paid for this.", successUrl(session))
    : endedPage(
        "This checkout has expired",
        "Nothing was charged. Go back to the shop to start again.",
        session.cancel_url,
      );
const notFound = endedPage(
  "No such checkout",
  "Check the address, or go back to the shop to start again.",
  null,
);

/** Returns the initial values of the form. */
const emptyForm = (session: Session): TypedForm => ({
  email: session.customer_details?.email ?? "",
  name: session.customer_details?.name ?? "",
  method: session.payment_method_types[0] ?? "card",
});

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Creates the routes of the pages on which a person pays. */
export function checkoutRoutes(ctx: Context) {
  const itemsOf = (session: Session): readonly LineItem[] =>
    ctx.store.baskets.get(session.id)?.items ?? [];

  /** Tries to pay with the typed values, or returns the problem with them. */
  function attempt(
    opened: Session,
    typed: TypedForm,
    form: (name: string) => string,
  ): Outcome | Problem {
    if (!EMAIL.test(typed.email)) return { field: "email", message: "Your email is invalid." };
    const code = opened.allow_promotion_codes === true ? form("promotion_code") : "";
    const session = code === "" ? opened : applyTypedCode(ctx, opened, code);
    if (session === undefined) return { field: "promotion_code", message: "This code is invalid." };
    const payer = { email: typed.email, name: typed.name === "" ? null : typed.name };
    if (!asksForCard(session)) return completeFree(ctx, session, payer);
    if (!session.payment_method_types.includes(typed.method))
      return { field: "method", message: "Choose how to pay." };
    if (typed.method === "us_bank_account") return payByBank(ctx, session, payer);
    const card = readCard(
      { number: form("number"), expiry: form("expiry"), cvc: form("cvc") },
      ctx.nowSeconds() * 1000,
    );
    if ("field" in card) return card;
    return session.payment_status === "no_payment_required"
      ? saveCard(ctx, session, payer, card)
      : payByCard(ctx, session, payer, card);
  }

  return new Hono()
    .get("/:id", (c) => {
      const session = ctx.store.sessions.get(c.req.param("id"));
      if (session === undefined) return c.html(notFound, 404);
      if (session.status !== "open")
        return c.html(renderEnded(session), session.status === "complete" ? 200 : 410);
      return c.html(payPage(session, itemsOf(session), emptyForm(session)));
    })
    .post("/:id", async (c) => {
      const body = await c.req.formData().catch(() => new FormData());
      // The session is read after the await, because another request may have ended it in the
      // meantime.
      const session = ctx.store.sessions.get(c.req.param("id"));
      if (session === undefined) return c.html(notFound, 404);
      if (session.status !== "open")
        return c.html(renderEnded(session), session.status === "complete" ? 409 : 410);
      const form = (name: string): string => {
        const value = body.get(name);
        return typeof value === "string" ? value.trim() : "";
      };
      const typed: TypedForm = {
        email: form("email"),
        name: form("name"),
        method: form("method") || "card",
      };
      const outcome = attempt(session, typed, form);
      if ("field" in outcome)
        return c.html(payPage(session, itemsOf(session), typed, outcome), 400);
      switch (outcome.is) {
        case "complete":
          return c.redirect(successUrl(session), 303);
        case "authenticate":
          return c.redirect(`/c/pay/${session.id}/authenticate`, 303);
        case "declined":
          return c.html(
            payPage(session, itemsOf(session), typed, {
              field: "number",
              message: outcome.message,
            }),
            402,
          );
        default:
          return outcome satisfies never;
      }
    })
    .get("/:id/authenticate", (c) => {
      const session = ctx.store.sessions.get(c.req.param("id"));
      if (session === undefined) return c.html(notFound, 404);
      if (!isAwaitingAuthentication(ctx, session)) return c.redirect(`/c/pay/${session.id}`, 303);
      return c.html(authenticatePage(session));
    })
    .post("/:id/authenticate", async (c) => {
      const body = await c.req.formData().catch(() => new FormData());
      const session = ctx.store.sessions.get(c.req.param("id"));
      if (session === undefined) return c.html(notFound, 404);
      if (!isAwaitingAuthentication(ctx, session)) return c.redirect(`/c/pay/${session.id}`, 303);
      const outcome = authenticateCard(ctx, session, body.get("result") === "complete");
      if (outcome.is === "complete") return c.redirect(successUrl(session), 303);
      const message = outcome.is === "declined" ? outcome.message : "Try again.";
      return c.html(
        payPage(session, itemsOf(session), emptyForm(session), { field: "number", message }),
        402,
      );
    });
}
