/** The page's buttons: with text, or with an icon alone. */

import type { ButtonHTMLAttributes } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps extends ButtonHTMLAttributes {
  readonly look?: "main" | "danger" | "danger-main" | "small";
}

export function Button({ look, ...attributes }: ButtonProps) {
  const name = look === undefined ? "button" : `button button-${look}`;
  return <button type="button" class={name} {...attributes} />;
}

/** Sends its form, a double click as well as a single one. */
export function SubmitButton({ look = "main", ...attributes }: ButtonProps) {
  const onClick = (event: MouseEvent) => event.detail > 1 && event.preventDefault();
  return <Button {...attributes} look={look} type="submit" onClick={onClick} />;
}

/** Requests something of the server: the second click of a double click requests nothing more. */
export function RequestButton({
  onRequest,
  ...attributes
}: Omit<ButtonProps, "onClick"> & { readonly onRequest: () => void }) {
  return (
    <Button
      {...attributes}
      onClick={({ detail }) => {
        if (detail < 2) onRequest();
      }}
    />
  );
}

interface IconButtonProps extends ButtonHTMLAttributes {
  readonly icon: IconName;
  readonly label: string;
  /** Without a frame. */
  readonly isBare?: boolean;
}

export function IconButton({ icon, label, isBare = false, ...attributes }: IconButtonProps) {
  const name = isBare ? "button button-icon button-bare" : "button button-icon";
  return (
    <button type="button" class={name} aria-label={label} {...attributes}>
      <Icon name={icon} />
    </button>
  );
}
