/** The keys of the page. */

import { dialog } from "../dialogs.ts";
import { keyHelp } from "../keyboard.ts";
import { Modal } from "./modal.tsx";

export function HelpDialog() {
  const close = () => {
    dialog.value = null;
  };
  return (
    <Modal title="Keys" onClose={close}>
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
      <p class="modal-text">
        Keys act on the selected agents or, if none is selected, on the marked one; on an agent's
        page they act on that agent. The API is documented at <a href="/docs">/docs</a>.
      </p>
    </Modal>
  );
}
