/** The palette of commands: its code is loaded when it is first opened. */

import { dialog } from "../dialogs.ts";
import { LazyPart } from "./lazy-part.tsx";
import { Modal } from "./modal.tsx";
import type { PaletteProps } from "./palette.tsx";

const load = async () => (await import("./palette.tsx")).Palette;

export function PaletteLater(props: PaletteProps) {
  const failed = (
    <Modal
      title="Commands"
      onClose={() => {
        dialog.value = null;
      }}
    >
      <p>This part of the page could not be loaded; reload the page.</p>
    </Modal>
  );
  return <LazyPart load={load} props={props} loading={null} failed={failed} />;
}
