// node wire-unresolved.cjs: calls before any operator was resolved, when no operator id is right yet. Prints the codes.
const { CallMessage, errorCodes, native, slots, statusSlot } = require('../../../dist/runtime/index.js');

const ids = [0, -0, 1, -1, 0.5, NaN, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64, 1e300, Infinity, -Infinity];
const codes = ids.map((id) => {
  slots.fill(0, 0, 8);
  slots[CallMessage.operator] = id;
  native.call();
  return errorCodes[slots[statusSlot]];
});
process.stdout.write(codes.join());
