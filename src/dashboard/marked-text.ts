/** Text that the reader has marked with the pointer or the keyboard, which live changes must not move. */

/** True if some text within the element is marked. */
export function hasMarkedText(element: Element | null): boolean {
  const marked = getSelection();
  return (
    element !== null &&
    marked !== null &&
    !marked.isCollapsed &&
    [marked.anchorNode, marked.focusNode].some((node) => element.contains(node))
  );
}
