import type { Failure } from "../errors.ts";
import {
  buildNativeRequest,
  type NativeRequest,
  translateRequest,
  type Upstream,
} from "../upstream/index.ts";
import { withoutEmptyFields } from "./check-fields.ts";

type Fields = Readonly<Record<string, unknown>>;
type Settings = Pick<Upstream, "dialect" | "coveredFields" | "passFields">;

/** A chat's request, and the client's own where that came in another dialect. */
interface Asked {
  readonly body: Fields;
  readonly native: NativeRequest | null;
}

/** The vendor's name of the model, and the cap that is paid for. */
interface Terms {
  readonly model: string;
  readonly maxTokens: number;
}

function translate({ body, native }: Asked, { dialect, ...settings }: Settings, terms: Terms) {
  if (dialect === "chat") return { ok: true, value: body } as const;
  const passed = new Set([...settings.coveredFields, ...settings.passFields]);
  return native?.dialect === dialect
    ? ({ ok: true, value: buildNativeRequest(native, { ...terms, passed }) } as const)
    : translateRequest(dialect, withoutEmptyFields(body, settings), { ...terms, passed });
}

/**
 * Finds the first field of a checked request that the dialect of its upstream cannot express. Null
 * where there is none: a client's own dialect expresses all.
 */
export function findUntranslatable(request: Asked, settings: Settings): Failure | null {
  const translated = translate(request, settings, { model: "", maxTokens: 1 });
  return translated.ok ? null : translated.failure;
}

/**
 * Builds the JSON of a request in the dialect of its upstream, which can express it: as the client
 * sent it where that is the client's own.
 */
export function buildDialectBody(request: Asked, settings: Settings, terms: Terms): string {
  const translated = translate(request, settings, terms);
  if (!translated.ok) throw new Error(translated.failure.message);
  return JSON.stringify(translated.value);
}
