/** Does nothing but effects: `calls` in each step, one after the other, and reports how long each took. */

const { hrtime } = process;

export default {
  type: "buyer",
  async step({ config: { calls, unknown = "retry" }, once }) {
    const tookMs = [];
    for (let n = 0; n < calls; n += 1) {
      const begun = hrtime.bigint();
      await once(`call ${n}`, () => n, { unknown });
      tookMs.push(Math.round(Number(hrtime.bigint() - begun) / 1e3) / 1e3);
    }
    return { result: JSON.stringify(tookMs) };
  },
};
