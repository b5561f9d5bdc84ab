/** A modal dialog. Esc and a click outside close it, and the focus returns to where it was. */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { closeDialog, forgetDialog } from "../dialogs.ts";
import { Button, IconButton, SubmitButton } from "./button.tsx";

interface ModalProps {
  readonly title: string;
  /** Called once when the reader closes it, but not if the page has taken it away. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

export function Modal({ title, onClose = forgetDialog, children }: ModalProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A drag that selects text may end outside the dialog: that is not a click there.
  const pressed = useRef<EventTarget | null>(null);
  const isOver = useRef(false);
  // Before the next key: it is meant for the dialog.
  useLayoutEffect(() => {
    const shown = element.current;
    shown?.showModal();
    return () => {
      // Reported in a later task, when another dialog may be open.
      isOver.current = true;
      // If the page is left while the dialog is open, the rest must not stay inert.
      shown?.close();
    };
  }, []);
  const end = () => {
    if (isOver.current) return;
    isOver.current = true;
    onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc does the same, by the browser
    <dialog
      class="modal"
      ref={element}
      aria-labelledby={titleId}
      // Esc: a key that follows may come before the browser reports that it has closed.
      onCancel={end}
      onClose={end}
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
          <IconButton icon="close" label="Close" isBare onClick={closeDialog} />
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
      <Button onClick={closeDialog}>Cancel</Button>
      <SubmitButton look={isDanger ? "danger-main" : "main"} disabled={isBusy}>
        {submit}
      </SubmitButton>
    </div>
  );
}
