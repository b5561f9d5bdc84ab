/** The text that takes a setting out of a type's row. Commander has no null for the value of a flag. */
export const DEFAULT = "default";
