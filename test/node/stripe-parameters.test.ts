import { describe, expect, it } from "vitest";
import { z } from "zod";
import { endpoint } from "../../dev/stripe/endpoint.ts";
import { ENDPOINTS } from "../../dev/stripe/v1.ts";
import { leniencyProblems } from "../stripe-contract/leniency.ts";

/** A route that updates a subscription, with these parameters alone. */
const updateWith = (shape: z.core.$ZodShape) =>
  endpoint({
    method: "post",
    path: "/v1/subscriptions/:id",
    params: z.strictObject(shape),
    returns: "subscription",
    run: () => ({}),
  });

describe("the local Stripe", () => {
  it("takes no parameter, and no value of one, that Stripe does not", () => {
    expect(ENDPOINTS.length).toBeGreaterThan(80);
    expect(ENDPOINTS.flatMap(leniencyProblems)).toEqual([]);
  });

  it.each([
    ["colour: Stripe has no such parameter", { colour: z.string().optional() }],
    ["billing_cycle_anchor: takes now", { billing_cycle_anchor: z.literal("now").optional() }],
    ["proration_behavior: takes some", { proration_behavior: z.enum(["none", "some"]) }],
    ["items: takes a text", { items: z.string().optional() }],
    ["items: takes a hash", { items: z.strictObject({ price: z.string() }) }],
    ["items[].colour: Stripe has", { items: z.array(z.strictObject({ colour: z.string() })) }],
    ["cancel_at_period_end: takes a list", { cancel_at_period_end: z.array(z.string()) }],
  ])("would be found out: %s", (words, shape) => {
    expect(leniencyProblems(updateWith(shape)).join("\n")).toContain(words);
  });
});
