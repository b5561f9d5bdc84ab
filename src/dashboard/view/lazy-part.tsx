/**
 * A part of the page whose code is loaded when it is first shown.
 *
 * Such parts import the page's own file, and so the bundler gives that file its name. A page that is open
 * while files of a newer build replace its own says that it must be loaded again.
 */

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export const outdated = "This part of the page could not be loaded; reload the page.";

interface LazyPartProps<Props extends object> {
  /** Its module is loaded once, however often this is called. */
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
  readonly loading: ComponentChildren;
  /** Shown if the server has newer files, or cannot be reached. */
  readonly failed: ComponentChildren;
}

export function LazyPart<Props extends object>({
  load,
  props,
  loading,
  failed,
}: LazyPartProps<Props>) {
  const [loaded, setLoaded] = useState<{ readonly Part: ComponentType<Props> | null } | null>(null);
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
  const Part = loaded?.Part;
  if (Part != null) return <Part {...props} />;
  return <>{loaded === null ? loading : failed}</>;
}

/** The component whose module `load` loads when it is first shown. */
export function lazily<Props extends object>(
  load: LazyPartProps<Props>["load"],
): ComponentType<Props> {
  return (props) => (
    <LazyPart
      load={load}
      props={props}
      loading={<p class="empty-line">Loading…</p>}
      failed={<p class="empty-line">{outdated}</p>}
    />
  );
}
