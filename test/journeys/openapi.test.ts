import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, inject, it } from "vitest";

const { url } = inject("stack");

it("/openapi.json is a valid OpenAPI 3.1 document", async () => {
  const answer = await fetch(`${url}/openapi.json`);
  expect(answer.status).toBe(200);
  const document = await answer.json();
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Farebox" } });
});
