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
        Keys that act on agents use the selected ones or, if none is selected, the marked one; on an
        agent's page they use that agent. The API is described at <a href="/docs">/docs</a>.
      </p>
    </Modal>
  );
}
