/** One of some values is chosen: with buttons, or with radio buttons in a form. */

interface Choice<Value> {
  readonly value: Value;
  readonly text: string;
  readonly hint?: string;
}

interface ChoicesProps<Value extends string> {
  readonly name: string;
  readonly choices: readonly Choice<Value>[];
  readonly chosen: Value | null;
  readonly choose: (value: Value) => void;
}

export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { name, choices, chosen, choose } = props;
  return (
    <div class="tabs" role="group" aria-label={name}>
      {choices.map(({ value, text, hint }) => (
        <button
          key={value}
          type="button"
          title={hint}
          aria-pressed={value === chosen}
          onClick={() => choose(value)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

interface RadioProps<Value extends string> extends ChoicesProps<Value> {
  /** The first one has the focus. */
  readonly autofocus?: boolean;
}

export function RadioChoices<Value extends string>(props: RadioProps<Value>) {
  const { name, choices, chosen, choose, autofocus = false } = props;
  return (
    <fieldset class="choices">
      <legend>{name}</legend>
      {choices.map(({ value, text }, n) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            autofocus={autofocus && n === 0}
            checked={value === chosen}
            onChange={() => choose(value)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
