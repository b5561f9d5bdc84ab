/** All receipts of this page, including closed ones. */

import { receipts, receiptsVersion } from "../page-store.ts";
import { Modal } from "./modal.tsx";
import { ReceiptCard } from "./receipt-tray.tsx";

export function ReceiptsDialog() {
  receiptsVersion.value;
  const all = receipts.list();
  return (
    <Modal title="Receipts">
      <div class="all-receipts">
        {all.map((receipt) => (
          <ReceiptCard key={receipt.key} receipt={receipt} isKept />
        ))}
      </div>
      {all.length === 0 && (
        <p class="faint">Nothing has been requested since this page was opened.</p>
      )}
    </Modal>
  );
}
