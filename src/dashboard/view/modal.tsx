/** A dialog: modal, closed by Esc and by a click beside it; the focus goes back where it was. */

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
  // Text is selected by dragging, which may end beside the dialog: that is no click there.
  const pressed = useRef<EventTarget | null>(null);
  // Before anything else is typed: what follows the key that opened it is meant for it.
  useLayoutEffect(() => {
    const shown = element.current;
    shown?.showModal();
    // A page that is left while it is open must not leave the rest inert.
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
