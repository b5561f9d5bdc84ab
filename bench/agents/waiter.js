/** Waits for guidance after each step. */

export default {
  type: "waiter",
  step: ({ iteration }) => ({ result: `step ${iteration}`, next: "guidance" }),
};
