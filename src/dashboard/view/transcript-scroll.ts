/**
 * Keeps the end of a transcript in sight while the reader is there, and otherwise the entry that is
 * being read where it is, whatever is added above or below.
 */

import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { hasMarkedText } from "../marked-text.ts";

/** Pixels from the end within which a reader is at the end. */
const END_PX = 32;
/** Pixels from the start within which older entries are loaded. */
const START_PX = 240;
const HEAD = ".agent-top";

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
  /** The pane's position when it was last read: its scroll event comes after its scrolling. */
  #scrollTop = 0;
  /** The pointer is pressed on text, perhaps to mark it. */
  #isPressed = false;
  /** The reader asked for older entries, and has not been away from the end since. */
  #hasAsked = false;
  /** Pixels. The agent's head takes room above the transcript. */
  #headHeight: number | null = null;

  constructor(list: RefObject<HTMLElement | null>) {
    this.#list = list;
  }

  /**
   * Before each rendering. The list is rendered synchronously after it. This writes signals during a
   * rendering, which must know where the reader is now: the scroll event may come only after it.
   */
  remember(): void {
    const { scroller } = this;
    if (scroller !== null && scroller.scrollTop !== this.#scrollTop) this.update();
    this.#place = this.isAtEnd.peek() ? null : this.#findPlace();
  }

  /** After each rendering. */
  restore(): void {
    const scroller = this.scroller;
    if (scroller === null) return;
    if (this.isAtEnd.peek()) {
      if (!this.#isPressed) scroller.scrollTop = scroller.scrollHeight;
    } else if (this.#place?.element.isConnected === true) {
      scroller.scrollTop += this.#place.element.getBoundingClientRect().top - this.#place.top;
    }
    this.update();
  }

  toEnd(): void {
    this.#hasAsked = false;
    // Marked text would keep the reader where it is.
    if (hasMarkedText(this.#list.current)) getSelection()?.removeAllRanges();
    this.isAtEnd.value = true;
    this.restore();
  }

  /** For a reader who wants to see older entries, also if all that is shown has room in the pane. */
  toStart(): void {
    this.#hasAsked = true;
    if (this.scroller !== null) this.scroller.scrollTop = 0;
    this.update();
  }

  /** Where the reader is now. */
  readonly update = (): void => {
    const { scroller } = this;
    if (scroller === null) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const isHeld = this.#isPressed && this.isAtEnd.peek();
    const isThere = isHeld || scrollHeight - clientHeight - scrollTop <= END_PX;
    this.#scrollTop = scrollTop;
    this.#hasAsked &&= isThere;
    const hasMarked = hasMarkedText(this.#list.current);
    this.isAtEnd.value = isThere && !this.#hasAsked && !hasMarked;
    this.isAtStart.value = scrollTop <= START_PX;
  };

  /**
   * The reader stays at the end of a pane that became smaller, but not of an entry that was opened,
   * and where they were below a head that became taller.
   */
  readonly resize = (changes: readonly ResizeObserverEntry[]): void => {
    for (const { target, borderBoxSize } of changes) {
      if (target.matches(HEAD)) this.#resizeHead(borderBoxSize[0]?.blockSize ?? 0);
    }
    const isPane = changes.some(({ target }) => target !== this.#list.current);
    if (isPane && this.isAtEnd.peek()) this.restore();
    else this.update();
  };

  #resizeHead(height: number): void {
    const taller = height - (this.#headHeight ?? height);
    this.#headHeight = height;
    if (this.scroller !== null && !this.isAtEnd.peek()) this.scroller.scrollTop += taller;
  }

  /** Text that is pressed or marked does not move. Buttons do: a press on them marks nothing. */
  readonly press = ({ target, button }: PointerEvent): void => {
    const isText = target instanceof Element && target.closest("button, a, summary") === null;
    // Another button opens a menu, which may take the end of the press.
    this.#isPressed = button === 0 && isText && this.#list.current?.contains(target) === true;
  };

  /** After a mere click the reader is at the end again, whatever came meanwhile. */
  readonly release = (): void => {
    const wasPressed = this.#isPressed;
    this.#isPressed = false;
    if (wasPressed && this.isAtEnd.peek()) this.restore();
  };

  get scroller(): Element | null {
    return this.#list.current?.closest(".agent-page") ?? null;
  }

  #findPlace(): Place | null {
    const { scroller } = this;
    if (scroller === null) return null;
    const head = scroller.querySelector(HEAD)?.getBoundingClientRect().bottom ?? 0;
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
    const around = [HEAD, ".agent-dock"].map((part) => scroller.querySelector(part));
    for (const part of [list.current, scroller, ...around])
      if (part !== null) observer.observe(part);
    const ended = new AbortController();
    const options = { passive: true, signal: ended.signal };
    scroller.addEventListener("scroll", scroll.update, options);
    document.addEventListener("selectionchange", scroll.update, options);
    document.addEventListener("pointerdown", scroll.press, options);
    for (const type of ["pointerup", "pointercancel", "contextmenu"])
      document.addEventListener(type, scroll.release, options);
    return () => {
      observer.disconnect();
      ended.abort();
    };
  }, [scroll, list]);
  return scroll;
}
