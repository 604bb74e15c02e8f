import { Hono } from "hono";
import type { Context } from "./context.ts";
import type { Control } from "./control.ts";

export const desk = (_: Context, __: Control) => new Hono();
