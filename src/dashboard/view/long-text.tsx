/** Text that scrolls if it is long. Only then can the keyboard reach it. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface LongTextProps {
  readonly name: string;
  readonly text: string;
  readonly class: string;
}

export function LongText({ name, text, class: look }: LongTextProps) {
  const element = useRef<HTMLDivElement>(null);
  const [isLong, setLong] = useState(false);
  useLayoutEffect(() => {
    const shown = element.current;
    if (shown === null) return;
    const measure = () => setLong(shown.scrollHeight > shown.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(shown);
    return () => observer.disconnect();
  }, [text]);
  if (!isLong) {
    return (
      <div class={look} ref={element}>
        {text}
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
    <div class={look} ref={element} tabIndex={0} role="group" aria-label={name}>
      {text}
    </div>
  );
}
