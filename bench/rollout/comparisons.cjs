// Whether both sides of bench/rollout compute the same, from what they answered. Pure functions.

/** Our error in bfloat16 to float32 may be so many times the peer's. */
const errorRatio = 2;

const rootMeanSquare = (values) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** { ok, text } of ids of both sides, a list a sequence. */
function idsCheck(own, peer) {
  const tokens = own.length * own[0].length;
  for (const [sequence, ids] of own.entries()) {
    const token = ids.findIndex((id, i) => id !== peer[sequence][i]);
    if (token >= 0) {
      const text = `float32: ids differ first in sequence ${sequence} at token ${token}`;
      return { ok: false, text: `${text}: ${ids[token]}, the peer's ${peer[sequence][token]}` };
    }
  }
  return { ok: true, text: `float32: ${tokens} ids in ${own.length} sequences are equal` };
}

/** { ok, text } of the log-probabilities of the same ids: ours and the peer's in bfloat16, and those in float32. */
function errorCheck(own, peer, reference) {
  const error = (side) => rootMeanSquare(side.flat().map((value, i) => value - reference.flat()[i]));
  const [ours, theirs] = [error(own), error(peer)];
  const text =
    `bfloat16: error of log-probabilities to float32 ${ours.toExponential(1)}, ` +
    `the peer's ${theirs.toExponential(1)} (${reference.flat().length} tokens, root mean square)`;
  return { ok: ours <= errorRatio * theirs, text };
}

module.exports = { errorCheck, idsCheck };
