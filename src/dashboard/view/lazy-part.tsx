/**
 * Parts of the page whose code is loaded when they are first shown.
 *
 * Such parts import the page's own file, and so the bundler gives that file its name. A page that is open
 * while files of a newer build replace its own says that it must be loaded again.
 */

import type { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Modal } from "./modal.tsx";

/** Its module is loaded once, however often this is called. */
type Load<Props> = () => Promise<ComponentType<Props>>;

/** Browsers remember that a module could not be loaded, so another attempt needs a new page. */
function Unloaded({ look }: { readonly look?: string }) {
  return (
    <div class={look} role="alert">
      <p>
        This part of the page could not be loaded. If reloading does not help, something in the
        browser or the network blocks it.
      </p>
      <Button look="small" onClick={() => location.reload()}>
        Reload the page
      </Button>
    </div>
  );
}

/** @param look class of what is in its place: while it is loaded, and if it cannot be */
export function lazily<Props extends object>(load: Load<Props>, look = "empty-line") {
  return later(load, <p class={look}>Loading…</p>, <Unloaded look={look} />);
}

/** @param title of a dialog in its place if it cannot be loaded */
export function lazyDialog<Props extends object>(load: Load<Props>, title: string) {
  const failed = (
    <Modal title={title}>
      <Unloaded />
    </Modal>
  );
  return later(load, null, failed);
}

function later<Props extends object>(
  load: Load<Props>,
  loading: VNode | null,
  failed: VNode,
): ComponentType<Props> {
  return (props) => {
    const [loaded, setLoaded] = useState<{ readonly Part: ComponentType<Props> | null } | null>(
      null,
    );
    useEffect(() => {
      let isShown = true;
      const set = (Part: ComponentType<Props> | null) => {
        if (isShown) setLoaded({ Part });
      };
      load().then(set, () => set(null));
      return () => {
        isShown = false;
      };
    }, []);
    if (loaded === null) return loading;
    return loaded.Part === null ? failed : <loaded.Part {...props} />;
  };
}
