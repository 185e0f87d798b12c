/** Waiting for conditions, with a bound: a machine under load is slow, and no test looks at how long it took. */

export const PATIENCE = 1000 * Number(process.env.NEURALDBG_PATIENCE ?? 90);

/**
 * What `met` gives once it is true.
 *
 * @param met may be asynchronous.
 * @param what is waited for; a text, or a function that tells what is there instead.
 */
export async function until(met, what, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await met();
    if (found) return found;
    if (Date.now() > end) {
      const told = typeof what === "function" ? await what() : what;
      throw new Error(`not seen within ${patience / 1000} s: ${told}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
