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
        Keys that act on agents take the selected ones, or else the one the list or the page is at.
        The interface for programs is described at <a href="/docs">/docs</a>.
      </p>
    </Modal>
  );
}
