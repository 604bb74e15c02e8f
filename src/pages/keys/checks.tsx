import { describedBy, FieldHelp } from "../components.tsx";

interface ChecksProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen: readonly string[];
  readonly isTall?: boolean;
}

/** A group of boxes of which any number may be checked. */
export function Checks({ options, chosen, isTall = false, ...texts }: ChecksProps) {
  return (
    <fieldset aria-describedby={describedBy(texts)}>
      <legend>{texts.label}</legend>
      <div class={isTall ? "checks tall" : "checks"}>
        {options.map(([value, text]) => (
          <label>
            <input
              type="checkbox"
              name={texts.name}
              value={value}
              checked={chosen.includes(value)}
            />{" "}
            <bdi>{text}</bdi>
          </label>
        ))}
      </div>
      <FieldHelp {...texts} />
    </fieldset>
  );
}
