/** A modal dialog. Esc and a click outside close it, and the focus returns to where it was. */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { closeDialog, forgetDialog } from "../dialogs.ts";
import { Button, IconButton, SubmitButton } from "./button.tsx";

interface ModalProps {
  readonly title: string;
  /** After the dialog has closed: it is no longer the one that is open. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

export function Modal({ title, onClose = forgetDialog, children }: ModalProps) {
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
