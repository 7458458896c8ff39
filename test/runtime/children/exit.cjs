// Ends in the way that the first argument names, with live tensors, graphs and callbacks behind it.
const { keep, scope, torch } = require('../../../dist/tensor/index.js');

const w = keep(torch.ones([100], { requiresGrad: true }));
w.registerHook((grad) => grad.mul(2));
const loss = w.mul(2).sum();
globalThis.held = [w, loss];

const ways = {
  'end of the program': () => {},
  'end of the program inside an async scope': () => {
    scope(async () => {
      torch.ones([10]);
      await new Promise(() => {});
    });
  },
  'process.exit inside a scope': () => scope(() => process.exit(torch.zeros([1]).item())),
  'process.exit inside a hook': () => {
    w.registerHook(() => process.exit(0));
    loss.backward();
  },
  'process.exit with 7': () => scope(() => process.exit(7)),
  'uncaught error inside a scope': () =>
    scope(() => {
      torch.ones([10]).add(torch.ones([3]));
    }),
  'uncaught error inside a hook': () => {
    w.registerHook(() => {
      throw new Error('from the hook');
    });
    loss.backward();
  },
  'unhandled rejection in an async scope': () => {
    scope(async () => {
      await null;
      torch.ones([10]).add(torch.ones([3]));
    });
  },
};
ways[process.argv[2]]();
