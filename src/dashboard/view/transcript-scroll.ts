/**
 * Keeps the end of a transcript in sight while the reader is there, and otherwise the entry that is
 * being read where it is, whatever is added above or below.
 */

import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";

/** Pixels from the end within which a reader is at the end. */
const END_PX = 32;
/** Pixels from the start within which older entries are loaded. */
const START_PX = 240;

/** What was where before the transcript was rendered again. */
interface Place {
  readonly element: Element;
  readonly top: number;
}

export class TranscriptScroll {
  /** True while the reader is at the end. */
  readonly isAtEnd = signal(true);
  readonly isAtStart = signal(false);
  readonly #list: RefObject<HTMLElement | null>;
  #place: Place | null = null;

  constructor(list: RefObject<HTMLElement | null>) {
    this.#list = list;
  }

  /** Before each rendering. The list is rendered synchronously after it. */
  remember(): void {
    this.#place = this.isAtEnd.peek() ? null : this.#findPlace();
  }

  /** After each rendering. */
  restore(): void {
    const scroller = this.scroller;
    if (scroller === null) return;
    if (this.isAtEnd.peek()) scroller.scrollTop = scroller.scrollHeight;
    else if (this.#place?.element.isConnected === true) {
      scroller.scrollTop += this.#place.element.getBoundingClientRect().top - this.#place.top;
    }
    this.update();
  }

  toEnd(): void {
    this.isAtEnd.value = true;
    this.restore();
  }

  /** For a reader who wants to see what is further up, and need not have scrolled yet. */
  leaveEnd(): void {
    this.update();
    this.isAtEnd.value = false;
  }

  /** Where the reader is now. */
  readonly update = (): void => {
    const { scroller } = this;
    if (scroller === null) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    this.isAtEnd.value = scrollHeight - clientHeight - scrollTop <= END_PX;
    this.isAtStart.value = scrollTop <= START_PX;
  };

  /** The reader stays at the end of a pane that became smaller, but not of an entry that was opened. */
  readonly resize = (changes: readonly ResizeObserverEntry[]): void => {
    const isPane = changes.some(({ target }) => target !== this.#list.current);
    if (isPane && this.isAtEnd.peek()) this.restore();
    else this.update();
  };

  get scroller(): Element | null {
    return this.#list.current?.closest(".agent-page") ?? null;
  }

  #findPlace(): Place | null {
    const { scroller } = this;
    if (scroller === null) return null;
    const head = scroller.querySelector(".agent-top")?.getBoundingClientRect().bottom ?? 0;
    for (const element of this.#list.current?.children ?? []) {
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom > head) return { element, top };
    }
    return null;
  }
}

export function useTranscriptScroll(list: RefObject<HTMLElement | null>): TranscriptScroll {
  const scroll = useMemo(() => new TranscriptScroll(list), [list]);
  scroll.remember();
  useLayoutEffect(() => scroll.restore());
  useEffect(() => {
    const { scroller } = scroll;
    if (scroller === null || list.current === null) return;
    const observer = new ResizeObserver(scroll.resize);
    const dock = scroller.querySelector(".agent-dock");
    for (const part of [list.current, scroller, dock]) if (part !== null) observer.observe(part);
    scroller.addEventListener("scroll", scroll.update, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", scroll.update);
    };
  }, [scroll, list]);
  return scroll;
}
