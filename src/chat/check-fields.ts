import type { Failure } from "../errors.ts";
import type { Upstream } from "../upstream/index.ts";
import { foldName } from "./fold-name.ts";
import { findImageUrlFault } from "./image-url.ts";
import type { FieldRules } from "./request-fields.ts";
import * as rules from "./request-fields.ts";
import { isObject } from "./vendor-usage.ts";

type Fields = Readonly<Record<string, unknown>>;
/** The settings of an upstream by which more fields are passed on to it. */
export type FieldSettings = Pick<Upstream, "coveredFields" | "passFields">;

const isOneOf = (values: readonly string[]) => (value: unknown) =>
  typeof value === "string" && values.includes(value);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Whether a value asks for nothing. */
const isEmpty = (value: unknown): boolean =>
  isAbsent(value) ||
  value === "" ||
  value === false ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

const isPlainTool = (tool: unknown): tool is Fields =>
  isObject(tool) && isOneOf(["function", "custom"])(tool["type"]);

/**
 * Known fields that may make a token cost the operator more than the model's price, each with the
 * values of it that do not.
 */
const HARMLESS_VALUES: Readonly<Record<string, (value: unknown) => boolean>> = {
  service_tier: isOneOf(["flex"]),
  modalities: (value) => Array.isArray(value) && value.every(isOneOf(["text"])),
  audio: () => false,
  prediction: () => false,
  web_search_options: () => false,
  tools: (value) => Array.isArray(value) && value.every(isPlainTool),
};
/** Tiers by which vendors mean what is served without any. */
const isUsualTier = isOneOf(["", "auto", "default", "standard", "on_demand"]);

/** Fields that ask for something even where they are empty: a search, a written cache. */
const NEVER_EMPTY = new Set(["web_search_options", "search_parameters", "cache_control"]);

/**
 * Fields and parts that are known to cost more than text: dearer tiers, sound, predictions and
 * searches (OpenAI), other models, routes and plugins (OpenRouter, LiteLLM), files, which are read
 * by engines that cost extra, writing to a cache at up to twice the price of input (Anthropic).
 */
const SURCHARGED = new Set([
  ...Object.keys(HARMLESS_VALUES),
  "models",
  "route",
  "provider",
  "plugins",
  "preset",
  "fallbacks",
  "search_parameters",
  "enable_search",
  "search_options",
  "cache_control",
  "input_audio",
  "file",
]);

const PARAM_CHARACTERS_MAX = 200;

function refusal(path: string, problem: string): Failure {
  const param = path.slice(0, PARAM_CHARACTERS_MAX);
  return { code: "invalid_request", message: `${param}: ${problem}`, param };
}
/** @param what the part of it that costs more, in quotes, and a space */
const refuseSurcharged = (name: string, what = ""): Failure =>
  refusal(
    name,
    `${what}isn't covered by this model's price, so leave it out. The operator can allow it with ` +
      '"coveredFields" of the upstream.',
  );
const refuseUnknown = (path: string): Failure =>
  refusal(
    path,
    'isn\'t supported, so leave it out. The operator can allow it with "passFields" of the ' +
      "upstream.",
  );

/** Whether a field that is not known may be left out, since it asks for nothing. */
const isDropped = (name: string, value: unknown): boolean =>
  value === null || (isEmpty(value) && !NEVER_EMPTY.has(name));

/** Checks the fields of a request against what is known of each kind of object in it. */
class FieldCheck {
  readonly #passed: ReadonlySet<string>;

  /** @param passed names that the operator lets through, at every level */
  constructor(passed: ReadonlySet<string>) {
    this.#passed = passed;
  }

  findInRequest(body: Fields): Failure | null {
    return (
      this.#findUnknown(body, rules.REQUEST, "") ??
      this.#findSurcharged(body) ??
      this.#findInTemplateVariables(body["chat_template_kwargs"]) ??
      this.#findInList(body["messages"], "messages", (message, path) =>
        this.#findInMessage(message, path),
      ) ??
      this.#findInList(body["tools"], "tools", (tool, path) => this.#findInTool(tool, path)) ??
      this.#findInList(body["functions"], "functions", (item, path) =>
        this.#findInObject(item, rules.TOOL_FUNCTION, path),
      ) ??
      this.#findInObject(body["stream_options"], rules.STREAM_OPTIONS, "stream_options")
    );
  }

  #findInList(
    list: unknown,
    path: string,
    find: (item: unknown, path: string) => Failure | null,
  ): Failure | null {
    if (isAbsent(list)) return null;
    if (!Array.isArray(list)) return refusal(path, "must be a list.");
    for (const [at, item] of list.entries()) {
      const failure = find(item, `${path}.${at}`);
      if (failure !== null) return failure;
    }
    return null;
  }

  #findInObject(value: unknown, known: FieldRules, path: string): Failure | null {
    if (isAbsent(value)) return null;
    return isObject(value)
      ? this.#findUnknown(value, known, path)
      : refusal(path, "must be an object.");
  }

  /** Finds a field that is neither known nor passed on, nor empty. */
  #findUnknown(fields: Fields, { known, byFoldedName }: FieldRules, path: string): Failure | null {
    for (const [name, value] of Object.entries(fields)) {
      if (known.has(name) || value === null) continue;
      const param = path === "" ? name : `${path}.${name}`;
      const meant = byFoldedName.get(foldName(name));
      if (meant !== undefined) return refusal(param, `isn't a field. Did you mean ${meant}?`);
      if (this.#passed.has(name) || isDropped(name, value)) continue;
      return SURCHARGED.has(name) ? refuseSurcharged(name) : refuseUnknown(param);
    }
    return null;
  }

  #findSurcharged(body: Fields): Failure | null {
    for (const [name, isHarmless] of Object.entries(HARMLESS_VALUES)) {
      const value = body[name];
      if (this.#passed.has(name) || isLeftOut(name, value) || isHarmless(value)) continue;
      return refuseSurcharged(name, name === "tools" ? nameVendorTool(value) : "");
    }
    return null;
  }

  #findInTemplateVariables(variables: unknown): Failure | null {
    const path = "chat_template_kwargs";
    return this.#passed.has(path)
      ? null
      : this.#findInObject(variables, rules.TEMPLATE_VARIABLES, path);
  }

  #findInMessage(message: unknown, path: string): Failure | null {
    const failure = this.#findInObject(message, rules.MESSAGE, path);
    if (failure !== null || !isObject(message)) return failure;
    const { content } = message;
    return typeof content === "string"
      ? null
      : this.#findInList(content, `${path}.content`, (part, at) => this.#findInPart(part, at));
  }

  #findInPart(part: unknown, path: string): Failure | null {
    if (typeof part === "string") return null;
    if (!isObject(part)) return refusal(path, "must be a content part: {type, …}.");
    const { type } = part;
    if (typeof type !== "string")
      return refusal(`${path}.type`, "must be the content part's type.");
    const known = rules.PARTS.get(type);
    if (known === undefined) {
      if (SURCHARGED.has(type) && !this.#passed.has(type)) return refuseSurcharged(type);
      if (this.#passed.has(type)) return this.#findInPassedPart(part, type, path);
      return refusal(
        `${path}.type`,
        `"${type.slice(0, 100)}" isn't supported: use text or image_url. The operator can ` +
          'allow it with "passFields" of the upstream.',
      );
    }
    return (
      this.#findUnknown(part, known, path) ??
      (type === "image_url" ? this.#findInImage(part["image_url"], `${path}.image_url`) : null) ??
      this.#findInText(part, type, path)
    );
  }

  /** A part that the operator lets through has fields of its own, and none of another part's. */
  #findInPassedPart(part: Fields, type: string, path: string): Failure | null {
    const others = [...rules.PARTS.keys(), "cache_control", "type", type];
    for (const [name, value] of Object.entries(part)) {
      if (name === "type" || name === type || value === null || this.#passed.has(name)) continue;
      if (SURCHARGED.has(name)) return refuseSurcharged(name);
      const folded = foldName(name);
      if (others.some((other) => foldName(other) === folded))
        return refuseUnknown(`${path}.${name}`);
    }
    return null;
  }

  #findInText({ text, thinking }: Fields, type: string, path: string): Failure | null {
    if ((type === "text" || type === "input_text") && typeof text !== "string")
      return refusal(`${path}.text`, "must be a string.");
    return typeof thinking === "string"
      ? null
      : this.#findInList(thinking, `${path}.thinking`, (part, at) =>
          isObject(part) && part["type"] === "text"
            ? this.#findInPart(part, at)
            : refusal(at, "must be a string."),
        );
  }

  #findInImage(image: unknown, path: string): Failure | null {
    const failure = typeof image === "string" ? null : this.#findInObject(image, rules.IMAGE, path);
    if (failure !== null || this.#passed.has("image_url")) return failure;
    const [url, urlPath] = isObject(image) ? [image["url"], `${path}.url`] : [image, path];
    const fault = typeof url === "string" ? findImageUrlFault(url) : "must be a URL";
    return fault === null ? null : refusal(urlPath, `${fault}.`);
  }

  #findInTool(tool: unknown, path: string): Failure | null {
    // The vendor's own, where the operator lets them through.
    if (!isPlainTool(tool)) return null;
    return (
      this.#findUnknown(tool, rules.TOOL, path) ??
      this.#findInObject(tool["function"], rules.TOOL_FUNCTION, `${path}.function`) ??
      this.#findInObject(tool["custom"], rules.TOOL_CUSTOM, `${path}.custom`)
    );
  }
}

/** Names the type of the first tool that its vendor runs, for a message. */
function nameVendorTool(tools: unknown): string {
  const tool: unknown = Array.isArray(tools) ? tools.find((each) => !isPlainTool(each)) : undefined;
  const type = isObject(tool) ? tool["type"] : undefined;
  return typeof type === "string" ? `"${type.slice(0, 100)}" ` : "";
}

const toPassed = ({ coveredFields, passFields }: FieldSettings): ReadonlySet<string> =>
  new Set([...coveredFields, ...passFields]);

/**
 * Finds the first field of a request that is not passed on to its vendor: one that nobody knows,
 * one that looks like a known one, or one that costs more than the price of a token covers. Null
 * where there is none. `coveredFields` and `passFields` of the upstream name fields, or types of
 * parts, that are passed on all the same, wherever they stand.
 * @param hints fields that are left out where they are not passed on
 */
export const findRefusedField = (
  body: Fields,
  settings: FieldSettings,
  hints: readonly string[] = [],
): Failure | null => new FieldCheck(new Set([...toPassed(settings), ...hints])).findInRequest(body);

/** Whether a field of the request itself is left out, since it asks for nothing. */
function isLeftOut(name: string, value: unknown): boolean {
  if (isAbsent(value)) return true;
  if (name === "service_tier") return isUsualTier(value);
  return Object.hasOwn(HARMLESS_VALUES, name) && name !== "tools" && isDropped(name, value);
}

const keepFields = (
  fields: Fields,
  isKept: (name: string, value: unknown) => boolean,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => isKept(name, value)));

/**
 * Returns a request that was checked without what asks for nothing: null, and empty values of
 * fields that are not known. Many vendors refuse them.
 */
export function withoutEmptyFields(body: Fields, settings: FieldSettings): Fields {
  const passed = toPassed(settings);
  const keepKnown = (fields: unknown, { known }: FieldRules): unknown =>
    isObject(fields)
      ? keepFields(fields, (name, value) => known.has(name) || (passed.has(name) && value !== null))
      : fields;
  const keepInPart = (part: unknown): unknown => {
    const known = isObject(part) ? rules.PARTS.get(String(part["type"])) : undefined;
    return known === undefined ? part : keepKnown(part, known);
  };
  const keepInMessage = (message: unknown): unknown => {
    if (!isObject(message)) return message;
    const { content } = message;
    return keepKnown(
      Array.isArray(content) ? { ...message, content: content.map(keepInPart) } : message,
      rules.MESSAGE,
    );
  };
  const { messages, tools } = body;
  const keepInTool = (tool: unknown): unknown =>
    isPlainTool(tool) ? keepKnown(tool, rules.TOOL) : tool;
  return {
    ...keepFields(
      body,
      (name, value) =>
        (passed.has(name) && value !== null) ||
        (rules.REQUEST.known.has(name) && !isLeftOut(name, value)),
    ),
    ...(Array.isArray(messages) ? { messages: messages.map(keepInMessage) } : {}),
    ...(Array.isArray(tools) && tools.length > 0 ? { tools: tools.map(keepInTool) } : {}),
  };
}
