/** Stores one step and never ends the second: an endless loop that checks nothing. */

export default {
  type: "busy",
  step({ iteration }) {
    if (iteration === 1) return { result: "first" };
    for (;;);
  },
};
