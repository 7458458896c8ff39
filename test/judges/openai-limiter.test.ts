/** Places are passed on, also past those that gave up waiting. */
import { limiter } from '../../lib/judges/openai-limiter.js';

test('a task that was aborted while it waited takes no place from the next one', async () => {
  const limited = limiter(1);
  const never = new AbortController().signal;
  let end = (): void => {};
  const first = limited(
    () =>
      new Promise<string>((resolve) => {
        end = () => resolve('first');
      }),
    never,
  );
  const ending = new AbortController();
  const second = limited(async () => 'second', ending.signal);
  const third = limited(async () => 'third', never);
  const failing = expect(second).rejects.toThrow('not this one');
  ending.abort(new Error('not this one'));
  await failing;
  end();
  expect(await Promise.all([first, third])).toEqual(['first', 'third']);
}, 5000);
