/** Asks for notifications about new causes, or says why there can be none. */

import { type NotifyState, notifyState, toggleNotify } from "../notify.ts";
import { Button } from "./button.tsx";

const words: Readonly<Record<NotifyState, string>> = {
  off: "Notify me",
  on: "Notifications on",
  blocked: "Notifications are blocked in this browser's settings",
  missing: "",
};

export function NotifyButton() {
  const state = notifyState.value;
  if (state === "missing") return null;
  if (state === "blocked") return <span class="faint">{words.blocked}</span>;
  return (
    <Button
      look="small"
      aria-pressed={state === "on"}
      title="About new causes, while this page is in the background"
      onClick={() => void toggleNotify()}
    >
      {words[state]}
    </Button>
  );
}
