/** The keys of the page. */

import { keyHelp } from "../keyboard.ts";
import { areLettersKeys, setLetterKeys } from "../letter-keys.ts";
import { Modal } from "./modal.tsx";

export function HelpDialog() {
  return (
    <Modal title="Keys">
      <dl class="keys">
        {keyHelp.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split("  ").map((key) => (
                <kbd key={key} class="key">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label class="keys-switch">
        <input
          type="checkbox"
          checked={areLettersKeys.value}
          onChange={({ currentTarget }) => setLetterKeys(currentTarget.checked)}
        />
        Single characters are keys. Without them Ctrl K has all commands.
      </label>
      <p class="modal-text">
        Keys act on the selected agents or, if none is selected, on the marked one; on an agent's
        page they act on that agent. The API is documented at <a href="docs/">/docs</a>.
      </p>
    </Modal>
  );
}
