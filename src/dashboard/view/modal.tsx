/** A modal dialog. Esc and a click outside close it, and the focus returns to where it was. */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { closeDialog } from "../dialogs.ts";
import { Icon } from "./icon.tsx";

interface ModalProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Modal({ title, onClose, children }: ModalProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A drag that selects text may end outside the dialog: that is not a click there.
  const pressed = useRef<EventTarget | null>(null);
  // Before the next key: it is meant for the dialog.
  useLayoutEffect(() => {
    const shown = element.current;
    shown?.showModal();
    // If the page is left while the dialog is open, the rest must not stay inert.
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc does the same, by the browser
    <dialog
      class="modal"
      ref={element}
      aria-labelledby={titleId}
      onClose={onClose}
      onPointerDown={({ target }) => {
        pressed.current = target;
      }}
      onClick={({ target }) => {
        if (target === element.current && pressed.current === target) closeDialog();
      }}
    >
      <div class="modal-body">
        <div class="modal-head">
          <h2 id={titleId}>{title}</h2>
          <button
            type="button"
            class="button button-icon button-bare"
            aria-label="Close"
            onClick={closeDialog}
          >
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

interface ModalFootProps {
  readonly submit: string;
  readonly isDanger?: boolean;
  readonly isBusy?: boolean;
}

export function ModalFoot({ submit, isDanger = false, isBusy = false }: ModalFootProps) {
  return (
    <div class="modal-foot">
      <button type="button" class="button" onClick={closeDialog}>
        Cancel
      </button>
      <button
        type="submit"
        class={isDanger ? "button button-danger-main" : "button button-main"}
        disabled={isBusy}
      >
        {submit}
      </button>
    </div>
  );
}
