// With EARSIGHT_BACKWARD_THREAD the backward pass runs off the JavaScript thread, as with a device; callbacks must
// come back to it, a backward inside a callback must not wait for ever, and errors must arrive unchanged.
const { functionalOperators: F, noGrad, scope, torch } = require('../../../dist/tensor/index.js');

const result = {};
const x = torch.tensor([1, 2], { requiresGrad: true });

const modes = [];
const hook = x.registerHook((grad) => {
  modes.push(torch.isGradEnabled());
  return grad.mul(10);
});
x.mul(3).sum().backward();
result.hook = x.grad.toArray();
hook.remove();

class Cube extends torch.autograd.Function {
  static forward(ctx, a) {
    ctx.saveForBackward(a);
    return a.mul(a).mul(a);
  }
  static backward(ctx, grad) {
    const [a] = ctx.savedTensors;
    return grad.mul(a).mul(a).mul(3);
  }
}
const [first] = torch.autograd.grad([Cube.apply(x).sum()], [x], { createGraph: true });
result.first = first.toArray();
result.second = torch.autograd.grad([first.sum()], [x])[0].toArray();

const inner = torch.tensor([5], { requiresGrad: true });
const nested = x.registerHook((grad) => {
  torch.enableGrad(() => inner.mul(inner).sum()).backward();
  return grad;
});
x.grad = null;
x.sum().backward();
nested.remove();
result.nested = inner.grad.toArray();

torch.manualSeed(1);
const body = (input) => torch.checkpoint((it) => F.dropout(it.mul(it), 0.5, true), input.mul(2));
x.grad = null;
torch.checkpoint(body, x).sum().backward();
result.checkpoint = x.grad.toArray();

const failure = new Error('from the hook');
const bad = x.registerHook(() => {
  throw failure;
});
try {
  x.mul(2).sum().backward();
} catch (error) {
  result.sameError = error === failure;
}
bad.remove();
try {
  x.mul(2).backward();
} catch (error) {
  result.code = error.code;
}
result.modes = modes;
result.modeAfter = noGrad(() => torch.isGradEnabled()) === false && torch.isGradEnabled();
for (let i = 0; i < 200; i += 1)
  scope(() =>
    Cube.apply(x)
      .sum()
      .backward({ inputs: [x] }),
  );
process.stdout.write(JSON.stringify(result));
